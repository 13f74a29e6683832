; Trees of `and` and `or` over compares are chains of conditional compares.
; target: aarch64-linux-gnu

define i32 @both(i32 %a, i32 %b) {
; asm: subs wzr, w0, #10
; asm: ccmp w1, #3, #4, eq
; asm: csinc w0, wzr, wzr, eq
; asm-not: and
; run: 10, 4 => 1
; run: 10, 3 => 0
; run: 9, 4 => 0
; run: 9, 3 => 0
  %x = icmp eq i32 %a, 10
  %y = icmp ne i32 %b, 3
  %r = and i1 %x, %y
  %z = zext i1 %r to i32
  ret i32 %z
}

define i64 @either(i64 %a, i64 %b, i64 %c, i64 %d) {
; asm: subs xzr, x0, x1, lsl #0
; asm: ccmp x2, x1, #0, ge
; asm: csel x0, x2, x3, lo
; asm-not: orr
; run: 1, 2, 3, 4 => 3
; run: 2, 1, 3, 4 => 4
; run: 2, 1, 1, 4 => 4
; run: 2, 1, 0, 4 => 0
  %x = icmp slt i64 %a, %b
  %y = icmp ugt i64 %b, %c
  %t = or i1 %x, %y
  %r = select i1 %t, i64 %c, i64 %d
  ret i64 %r
}

define i32 @floats(double %a, double %b, i32 %c) {
; asm: fcmp d0, d1
; asm: ccmp w0, #8, #2, mi
; asm: b.hs
; run: 1.0, 2.0, 5 => 10
; run: 1.0, 2.0, 7 => 10
; run: 1.0, 2.0, 8 => 20
; run: 2.0, 1.0, 5 => 20
  %x = fcmp olt double %a, %b
  %y = icmp ule i32 %c, 7
  %t = and i1 %x, %y
  br i1 %t, label %yes, label %no
yes:
  call void @side()
  ret i32 10
no:
  ret i32 20
}

; A compare that is false of what is no number is true of it when negated.
define i32 @unordered(double %a, double %b) {
; asm: fcmp d*
; asm: fccmp d*
; run: 1.0, 2.0 => 0
; run: 3.0, 2.0 => 1
; run: 3.0, 3.0 => 1
; run: 5.0, 3.0 => 0
  %x = fcmp uge double %a, %b
  %y = fcmp olt double %a, 4.0
  %t = and i1 %x, %y
  %r = zext i1 %t to i32
  ret i32 %r
}

define i1 @three(i32 %a, i32 %b, i32 %c) {
; asm-count: 2 ccmp
; asm-count: 1 csinc
; run: 1, 2, 3 => 1
; run: 2, 2, 3 => 0
; run: 1, 3, 3 => 0
; run: 1, 2, 2 => 0
  %x = icmp eq i32 %a, 1
  %y = icmp eq i32 %b, 2
  %z = icmp eq i32 %c, 3
  %t = and i1 %x, %y
  %r = and i1 %t, %z
  ret i1 %r
}

; The `and` comes first, since its negation is none of a chain.
define i1 @mixed(i32 %a, i32 %b, i32 %c) {
; asm-count: 2 ccmp
; run: 1, 2, 0 => 1
; run: 1, 3, 3 => 1
; run: 1, 3, 0 => 0
; run: 0, 2, 0 => 0
; run: 0, 2, 3 => 1
  %x = icmp eq i32 %a, 1
  %y = icmp eq i32 %b, 2
  %z = icmp eq i32 %c, 3
  %t = and i1 %x, %y
  %r = or i1 %z, %t
  ret i1 %r
}

define i1 @or_inside(i32 %a, i32 %b, i32 %c) {
; asm-count: 2 ccmp
; run: 1, 2, 3 => 1
; run: 1, 0, 3 => 1
; run: 0, 2, 3 => 1
; run: 0, 0, 3 => 0
; run: 1, 2, 4 => 0
  %x = icmp eq i32 %a, 1
  %y = icmp eq i32 %b, 2
  %z = icmp eq i32 %c, 3
  %t = or i1 %x, %y
  %r = and i1 %z, %t
  ret i1 %r
}

; Two sides that must both be first are no chain.
define i1 @two_ors(i32 %a, i32 %b, i32 %c, i32 %d) {
; asm-count: 2 ccmp
; asm: and w*
; run: 1, 0, 3, 0 => 1
; run: 0, 2, 0, 4 => 1
; run: 0, 0, 3, 4 => 0
; run: 1, 2, 0, 0 => 0
  %w = icmp eq i32 %a, 1
  %x = icmp eq i32 %b, 2
  %y = icmp eq i32 %c, 3
  %z = icmp eq i32 %d, 4
  %s = or i1 %w, %x
  %t = or i1 %y, %z
  %r = and i1 %s, %t
  ret i1 %r
}

; Narrow integers are extended; large constants and tests of bits come first, else are in registers.
define i1 @narrow(i8 %a, i16 %b, i32 %c) {
; asm: ands wzr, w2, #0x10
; asm: ccmp w*
; asm: ccmn w*
; run: -3, 300, 16 => 1
; run: -2, 300, 16 => 0
; run: -3, 301, 16 => 0
; run: -3, 300, 15 => 0
  %x = icmp slt i8 %a, -2
  %y = icmp eq i16 %b, 300
  %m = and i32 %c, 16
  %z = icmp ne i32 %m, 0
  %t = and i1 %x, %y
  %r = and i1 %t, %z
  ret i1 %r
}

; Small negative constants are added.
define i1 @negative(i32 %a, i32 %b) {
; asm: ccmn w1, #31, *
; run: 5, -31 => 1
; run: 5, 31 => 0
  %x = icmp eq i32 %a, 5
  %y = icmp eq i32 %b, -31
  %r = and i1 %x, %y
  ret i1 %r
}

; An outcome that is needed elsewhere is in a register.
define i1 @elsewhere(i32 %a, i32 %b, i32 %c, ptr %p) {
; asm-count: 1 ccmp
; asm: strb
; run: 1, 2, 3, [0]: i8 => 1 then [1]
; run: 1, 2, 4, [0]: i8 => 0 then [1]
; run: 1, 1, 3, [5]: i8 => 0 then [0]
  %x = icmp eq i32 %a, 1
  %y = icmp eq i32 %b, 2
  %z = icmp eq i32 %c, 3
  %t = and i1 %x, %y
  %e = zext i1 %t to i8
  store i8 %e, ptr %p
  %r = and i1 %t, %z
  ret i1 %r
}

; What is no compare is not chained.
define i1 @no_compare(i1 %a, i32 %b) {
; asm-not: ccmp
; run: 1, 2 => 1
; run: 1, 3 => 0
; run: 0, 2 => 0
  %y = icmp eq i32 %b, 2
  %r = and i1 %a, %y
  ret i1 %r
}

define void @side() noinline optnone {
  ret void
}

; The operands of a chain are in registers all at once: there are no more than eight compares.
define i1 @many(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g, i64 %h) {
; asm-count: 14 ccmp
; asm-count: 2 csinc
; run: 1, 2, 3, 4, 5, 6, 7, 8 => 1
; run: 1, 2, 1, 4, 5, 6, 7, 8 => 0
; run: 1, 2, 3, 4, 5, 3, 7, 8 => 0
  %c0 = icmp ne i64 %a, %b
  %c1 = icmp ne i64 %a, %c
  %c2 = icmp ne i64 %a, %d
  %c3 = icmp ne i64 %a, %e
  %c4 = icmp ne i64 %a, %f
  %c5 = icmp ne i64 %a, %g
  %c6 = icmp ne i64 %a, %h
  %c7 = icmp ne i64 %b, %c
  %c8 = icmp ne i64 %b, %d
  %c9 = icmp ne i64 %b, %e
  %c10 = icmp ne i64 %b, %f
  %c11 = icmp ne i64 %b, %g
  %c12 = icmp ne i64 %b, %h
  %c13 = icmp ne i64 %c, %d
  %c14 = icmp ne i64 %c, %e
  %c15 = icmp ne i64 %c, %f
  %t0 = and i1 %c0, %c1
  %t1 = and i1 %c2, %c3
  %t2 = and i1 %c4, %c5
  %t3 = and i1 %c6, %c7
  %t4 = and i1 %c8, %c9
  %t5 = and i1 %c10, %c11
  %t6 = and i1 %c12, %c13
  %t7 = and i1 %c14, %c15
  %t8 = and i1 %t0, %t1
  %t9 = and i1 %t2, %t3
  %t10 = and i1 %t4, %t5
  %t11 = and i1 %t6, %t7
  %t12 = and i1 %t8, %t9
  %t13 = and i1 %t10, %t11
  %t14 = and i1 %t12, %t13
  ret i1 %t14
}
