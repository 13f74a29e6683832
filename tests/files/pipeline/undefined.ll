; What the interpreter reports, and what must not be assumed.

define i32 @overflow(i32 %x, i32 %y) {
; Adding with nsw past the limit gives poison; deciding by it is undefined.
; run: 5, 6 => 1
; run: 2147483647, 1 => undefined
  %sum = add nsw i32 %x, %y
  %small = icmp slt i32 %sum, 100
  br i1 %small, label %yes, label %no
yes:
  ret i32 1
no:
  ret i32 0
}

define i32 @divide(i32 %x, i32 %y) {
; run: 7, 2 => 3
; run: 7, 0 => undefined
  %q = sdiv i32 %x, %y
  ret i32 %q
}

define i32 @trap(i32 %x) {
; run: 1 => 1
; run: 0 => trap
  %zero = icmp eq i32 %x, 0
  br i1 %zero, label %stop, label %go
stop:
  call void @llvm.trap()
  unreachable
go:
  ret i32 %x
}

declare void @llvm.trap()
