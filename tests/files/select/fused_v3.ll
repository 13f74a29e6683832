; Newer processors round products and sums together; the result takes the register of what is not needed again.
; target: x86_64-unknown-linux-gnu
; cpu: x86-64-v3

declare double @llvm.fmuladd.f64(double, double, double)
declare float @llvm.fma.f32(float, float, float)

define double @plus(double %a, double %b, double %c) {
; asm: vfmadd231sd xmm0, xmm*, xmm1
; asm-not: mulsd
; run: 2, 3, 4 => 10
  %x = call double @llvm.fmuladd.f64(double %a, double %b, double %c)
  ret double %x
}

define float @minus_product(float %a, float %b, float %c) {
; asm: vfnmadd231ss xmm0, xmm*, xmm1
; asm-not: xorps
; run: 2, 3, 4 => -2
  %n = fneg float %a
  %x = call float @llvm.fma.f32(float %n, float %b, float %c)
  ret float %x
}

define double @minus_constant(double %a, double %b) {
; asm: vfmadd213sd xmm0, xmm1, xmm?c
; run: 2, 3 => 3
  %x = call double @llvm.fmuladd.f64(double %a, double %b, double -3.0)
  ret double %x
}

define double @difference(double %a, double %b, double %c) {
; asm: vfmsub231sd xmm0, xmm*, xmm1
; run: 2, 3, 4 => 2
  %p = fmul contract double %a, %b
  %x = fsub contract double %p, %c
  ret double %x
}

; Without permission each is rounded.
define double @apart(double %a, double %b, double %c) {
; asm: mulsd
; asm: addsd
; asm-not: vfm
; run: 2, 3, 4 => 10
  %p = fmul double %a, %b
  %x = fadd double %p, %c
  ret double %x
}
