; Variables of threads in a program: no function is called for them.
; target: x86_64-linux-gnu

@theirs = external thread_local global i32
@ours = dso_local thread_local global i32 5

define ptr @initial() {
; asm: theirs@gottpoff
; asm-not: call
  ret ptr @theirs
}

define i32 @exec() {
; asm: ours@tpoff
; asm-not: call
  %value = load i32, ptr @ours
  ret i32 %value
}

!llvm.module.flags = !{!0, !1}
!0 = !{i32 8, !"PIC Level", i32 2}
!1 = !{i32 7, !"PIE Level", i32 2}
