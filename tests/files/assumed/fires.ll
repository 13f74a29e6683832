; What is assumed decides what is tested below it; then the test of the assumption goes.
; pass: all

define void @fail() noinline {
  call void @llvm.trap()
  ret void
}
declare void @llvm.trap()
declare void @llvm.assume(i1)

define i32 @assume(i32 %x) {
; check-not: if
; check-not: call
; check-not: slt
; run: 3 => 1
  %k = icmp slt i32 %x, 10
  call void @llvm.assume(i1 %k)
  %c = icmp slt i32 %x, 11
  br i1 %c, label %a, label %b
a:
  ret i32 1
b:
  call void @fail()
  ret i32 0
}

define i32 @chain(i32 %x, i32 %y, i32 %z) {
; check-not: if
; check-not: call
; run: 1, 2, 3 => 1
  %k = icmp slt i32 %x, %y
  call void @llvm.assume(i1 %k)
  %l = icmp slt i32 %y, %z
  call void @llvm.assume(i1 %l)
  %c = icmp slt i32 %x, %z
  br i1 %c, label %a, label %b
a:
  ret i32 1
b:
  call void @fail()
  ret i32 0
}

define i32 @bundle(ptr %p) {
; check-not: if
; check-not: call
  call void @llvm.assume(i1 true) [ "nonnull"(ptr %p) ]
  %c = icmp eq ptr %p, null
  br i1 %c, label %b, label %a
a:
  ret i32 1
b:
  call void @fail()
  ret i32 0
}
