; A square root needs no call where the operand is not negative.
; pass: roots, sccp, peephole

declare double @sqrt(double)
declare float @sqrtf(float)

define double @tested(double %x) {
; The call is for operands that set `errno`.
; check-count: 1 fsqrt
; check-count: 1 call
; asm: sqrtsd
; run: 2.25 => 1.5
; run: 0 => 0
  %r = call double @sqrt(double %x)
  ret double %r
}

define float @sum_of_squares(float %x, float %y) {
; check: fsqrt
; check-not: call
; run: 3, -4 => 5
  %a = fmul float %x, %x
  %b = fmul float %y, %y
  %s = fadd float %a, %b
  %r = call float @sqrtf(float %s)
  ret float %r
}

define double @magnitude(double %x) {
; check-not: call
; run: -9 => 3
  %a = call double @llvm.fabs.f64(double %x)
  %r = call double @sqrt(double %a)
  ret double %r
}

declare double @llvm.fabs.f64(double)
