; Without the extension atomic operations are loops of exclusive accesses.
; target: aarch64-linux-gnu

define i32 @add(ptr %p, i32 %x) {
; asm: ldaxr w0, [x?p]
; asm: stlxr w16, w*, [x?p]
; asm-not: ldadd
; run: [5]: i32, 3 => 5 then [8]
  %r = atomicrmw add ptr %p, i32 %x seq_cst
  ret i32 %r
}
