; Variables of threads in what may become a shared library: those of others by their own place, those of this image by
; its block, where nobody asks for more.
; target: x86_64-linux-gnu

@theirs = external thread_local global i32
@ours = internal thread_local global i32 5
@hidden = external hidden thread_local global i32
@early = external thread_local(initialexec) global i32
@program = thread_local(localexec) global i32 7

define ptr @general() {
; asm: theirs@tlsgd
; asm: call __tls_get_addr
  ret ptr @theirs
}

define ptr @local() {
; asm: ours@tlsld
; asm: call __tls_get_addr
; asm: ours@dtpoff
  ret ptr @ours
}

define ptr @of_this_image() {
; asm: hidden@tlsld
; asm-not: tlsgd
  ret ptr @hidden
}

define ptr @initial() {
; asm: early@gottpoff
; asm-not: call
  ret ptr @early
}

define ptr @exec() {
; asm: program@tpoff
; asm-not: call
  ret ptr @program
}

!llvm.module.flags = !{!0}
!0 = !{i32 8, !"PIC Level", i32 2}
