; Accesses of floats that order others are those of integers; what is computed from memory is swapped in a loop.
; target: aarch64-linux-gnu

define double @acquire(ptr %p) {
; asm: ldar x?n, [x0]
; asm: fmov d0, x?n
; run: [2.5]: f64 => 2.5
  %r = load atomic double, ptr %p acquire, align 8
  ret double %r
}

; What orders nothing is a plain load.
define double @relaxed(ptr %p) {
; asm: ldr d0, [x0, #0]
; asm-not: ldar
; run: [2.5]: f64 => 2.5
  %r = load atomic double, ptr %p monotonic, align 8
  ret double %r
}

define void @release(ptr %p, float %x) {
; asm: fmov w?n, s0
; asm: stlr w?n, [x0]
; run: [2.5]: f32, 7.5 => nothing then [7.5]
  store atomic float %x, ptr %p seq_cst, align 4
  ret void
}

define double @add(ptr %p, double %x) {
; asm: fadd d*
; asm: ldaxr
; asm: stlxr
; run: [2.5]: f64, 7.5 => 2.5 then [10]
  %r = atomicrmw fadd ptr %p, double %x seq_cst
  ret double %r
}

define float @subtract(ptr %p, float %x) {
; asm: fsub s*
; run: [2.5]: f32, 7.5 => 2.5 then [-5]
  %r = atomicrmw fsub ptr %p, float %x seq_cst
  ret float %r
}

define float @maximum(ptr %p, float %x) {
; asm: fmaxnm s*
; run: [2.5]: f32, 7.5 => 2.5 then [7.5]
; run: [9.5]: f32, 7.5 => 9.5 then [9.5]
  %r = atomicrmw fmax ptr %p, float %x seq_cst
  ret float %r
}

define double @minimum(ptr %p, double %x) {
; asm: fminnm d*
; run: [2.5]: f64, 7.5 => 2.5 then [2.5]
; run: [9.5]: f64, 7.5 => 9.5 then [7.5]
  %r = atomicrmw fmin ptr %p, double %x seq_cst
  ret double %r
}

define float @exchange(ptr %p, float %x) {
; asm: fmov w?n, s0
; asm: stlxr w16, w?n, [x?p]
; run: [2.5]: f32, 7.5 => 2.5 then [7.5]
  %r = atomicrmw xchg ptr %p, float %x seq_cst
  ret float %r
}
