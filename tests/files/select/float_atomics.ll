; Accesses of floats that order others are those of integers; what is computed from memory is swapped in a loop.
; target: x86_64-unknown-linux-gnu

define void @release(ptr %p, float %x) {
; asm: movd e?n, xmm0
; asm: xchg *e?n
; run: [2.5]: f32, 7.5 => nothing then [7.5]
  store atomic float %x, ptr %p seq_cst, align 4
  ret void
}

define double @add(ptr %p, double %x) {
; asm: addsd
; asm: lock cmpxchg
; run: [2.5]: f64, 7.5 => 2.5 then [10]
  %r = atomicrmw fadd ptr %p, double %x seq_cst
  ret double %r
}

define float @maximum(ptr %p, float %x) {
; asm: lock cmpxchg
; run: [2.5]: f32, 7.5 => 2.5 then [7.5]
; run: [9.5]: f32, 7.5 => 9.5 then [9.5]
  %r = atomicrmw fmax ptr %p, float %x seq_cst
  ret float %r
}

define double @exchange(ptr %p, double %x) {
; asm: movq r?n, xmm0
; asm: xchg *r?n
; run: [2.5]: f64, 7.5 => 2.5 then [7.5]
  %r = atomicrmw xchg ptr %p, double %x seq_cst
  ret double %r
}
