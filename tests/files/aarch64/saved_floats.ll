; Floats that live across a call are in registers that the call keeps.
; target: aarch64-linux-gnu

define double @across(double %x, double %y) {
; asm: stp d8, d9, [sp, *]
; asm: bl twice
; asm: fadd
; asm: ldp d8, d9, [sp, *]
; asm-not: str *d0
; run: 3, 4 => 13
  %a = call double @twice(double %x)
  %s = fadd double %a, %x
  %t = fadd double %s, %y
  ret double %t
}

define double @one(double %x) {
; asm: str d8, [sp, *]
; asm: ldr d8, [sp, *]
; run: 3 => 9
  %a = call double @twice(double %x)
  %s = fadd double %a, %x
  ret double %s
}

define double @twice(double %x) noinline optnone {
; asm-not: d8
  %s = fadd double %x, %x
  ret double %s
}

; Of registers of 16 bytes calls keep the lower halves only, and nothing here but calls has the size.
define fp128 @quads(fp128 %x, fp128 %y) {
; asm: str q*, [sp, *]
; asm: bl quad
; asm: ldr q0, [sp, *]
; asm-not: v8
  %a = call fp128 @quad(fp128 %x)
  %b = tail call fp128 @quad(fp128 %y)
  ret fp128 %b
}

define fp128 @quad(fp128 %x) noinline optnone {
  ret fp128 %x
}
