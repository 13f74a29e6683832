; The models of access to variables of threads: in what may become a shared library those that say nothing are found
; by their descriptors.
; target: aarch64-linux-gnu

@theirs = external thread_local global i32
@ours = internal thread_local global i32 5
@early = external thread_local(initialexec) global i32
@program = thread_local(localexec) global i32 7

define ptr @general() {
; asm: tlsdesc
; asm: blr
  ret ptr @theirs
}

define ptr @local() {
; asm: tlsdesc
; asm: blr
  ret ptr @ours
}

define ptr @initial() {
; asm: :gottprel:early
; asm-not: blr
  ret ptr @early
}

define ptr @exec() {
; asm: :tprel_hi12:program
; asm-not: blr
  ret ptr @program
}

!llvm.module.flags = !{!0}
!0 = !{i32 8, !"PIC Level", i32 2}
