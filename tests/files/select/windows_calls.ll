; Windows on x86-64: four registers by position, space for them below the stack arguments, floats twice for variadic
; functions, pointers to what is imported, pages of large frames touched one by one, registers that the system's
; functions change saved.
target datalayout = "e-m:w-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-windows-msvc19.33.0"

@local = internal thread_local global i32 3
@far = external dllimport global i32

declare i32 @variadic(i32, ...)
declare dllimport i32 @many(i64, double, i64, double, i64)
declare void @use(ptr)
declare x86_64_sysvcc void @unix()

define i32 @calls_variadic() {
; asm: sub rsp, 40
; asm: mov ecx, 1
; asm: movq rdx, xmm1
; asm: call variadic
  %r = call i32 (i32, ...) @variadic(i32 1, double 7.5)
  %s = add i32 %r, 1
  ret i32 %s
}

define i32 @by_position() {
; asm: mov ecx, 1
; asm: mov r8d, 3
; asm: mov qword ptr [rsp + 32]
; asm: call qword ptr [rip + many@GOTPCREL]
; asm-not: edx
  %r = call i32 @many(i64 1, double 2.0, i64 3, double 4.0, i64 5)
  %s = add i32 %r, 1
  ret i32 %s
}

define i32 @imports() {
; asm: mov rcx, qword ptr [rip + far@GOTPCREL]
  %v = load i32, ptr @far
  ret i32 %v
}

define void @sets(i32 %v) {
  store i32 %v, ptr @local
  ret void
}

define i32 @thread() {
; asm: _tls_index
; asm: gs:[88]
  %v = load i32, ptr @local
  ret i32 %v
}

define void @large() {
; asm: mov eax
; asm: call __chkstk
; asm: sub rsp, rax
  %a = alloca [20000 x i8]
  call void @use(ptr %a)
  ret void
}

define void @saves() {
; asm: push
; asm: xmm6
; asm: xmm15
; asm: call unix
; asm: movups xmm6
  call x86_64_sysvcc void @unix()
  ret void
}
