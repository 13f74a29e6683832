; Apple's AArch64: variable arguments are words on the stack, others there have their own size, and thread-locals are
; found by the function in their descriptor.
target datalayout = "e-m:o-i64:64-i128:128-n32:64-S128-Fn32"
target triple = "arm64-apple-macosx11.0.0"

@local = internal thread_local global i32 3

declare i32 @variadic(i32, ...)
declare i32 @many(i64, i64, i64, i64, i64, i64, i64, i64, i8, i8, i32)

define i32 @calls_variadic() {
; asm: movz w*, #7
; asm: stp x*, x*, [sp, #0]
; asm-not: movz w1
  %r = call i32 (i32, ...) @variadic(i32 1, i32 7, i64 8)
  ret i32 %r
}

define i32 @packs() {
; asm: strb w*, [sp, #0]
; asm: strb w*, [sp, #1]
; asm: str w*, [sp, #4]
  %r = call i32 @many(i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7, i64 8, i8 9, i8 10, i32 11)
  %s = add i32 %r, 1
  ret i32 %s
}

define i32 @second(i32 %count, ...) {
; asm-not: str q
  %list = alloca ptr
  call void @llvm.va_start(ptr %list)
  %a = va_arg ptr %list, i32
  %b = va_arg ptr %list, i32
  ret i32 %b
}

define void @sets(i32 %v) {
  store i32 %v, ptr @local
  ret void
}

define i32 @thread() {
; asm: adrp x0
; asm: ldr x0, [x0, local]
; asm: ldr x1, [x0, #0]
; asm: blr x1
  %v = load i32, ptr @local
  ret i32 %v
}

declare void @llvm.va_start(ptr)
