; Calls that stay as they are.
; pass: roots, sccp, peephole

declare double @sqrt(double)

; Nobody may know what the function does.
define double @no_builtin(double %x) {
; check-not: fsqrt
; check-count: 1 call
; run: 9 => 3
  %a = fmul double %x, %x
  %r = call double @sqrt(double %x) nobuiltin
  ret double %r
}

; A function of the module.
define float @sqrtf(float %x) noinline {
  %r = fadd float %x, 1.0
  ret float %r
}

define float @own(float %x) {
; check-not: fsqrt
; check-count: 1 call
; run: 9 => 10
  %r = call float @sqrtf(float %x)
  ret float %r
}
