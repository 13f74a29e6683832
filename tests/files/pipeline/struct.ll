; A struct that is built by one function and taken apart by another never reaches memory.
; pass: all

%pair = type { i32, i32 }

define internal void @make(ptr sret(%pair) %out, i32 %a, i32 %b) {
  %first = getelementptr inbounds %pair, ptr %out, i32 0, i32 0
  store i32 %a, ptr %first, align 4
  %second = getelementptr inbounds %pair, ptr %out, i32 0, i32 1
  store i32 %b, ptr %second, align 4
  ret void
}

define i32 @difference(i32 %a, i32 %b) {
; check-not: call
; check-not: store
; check-not: load
; check: sub.nsw
; asm-count: 1 mov
; asm: sub
; run: 7, 5 => 2
  %p = alloca %pair, align 4
  %copy = alloca %pair, align 4
  call void @make(ptr sret(%pair) %p, i32 %a, i32 %b)
  call void @llvm.memcpy.p0.p0.i64(ptr align 4 %copy, ptr align 4 %p, i64 8, i1 false)
  %first = getelementptr inbounds %pair, ptr %copy, i32 0, i32 0
  %x = load i32, ptr %first, align 4
  %second = getelementptr inbounds %pair, ptr %copy, i32 0, i32 1
  %y = load i32, ptr %second, align 4
  %d = sub nsw i32 %x, %y
  ret i32 %d
}

declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
