; Return addresses in memory are signed, and places that are jumped to by address are marked, where functions ask for it.
; target: aarch64-linux-gnu

define i32 @calls(i32 %x) "branch-target-enforcement" "sign-return-address"="non-leaf" {
; asm: paciasp
; asm: bl leaf
; asm: ldp x29, x30
; asm: autiasp
; asm: ret
; asm-not: bti
; run: 4 => 11
  %y = call i32 @leaf(i32 %x)
  %z = add i32 %y, %x
  %w = sub i32 %z, -2
  ret i32 %w
}

define i32 @leaf(i32 %x) noinline optnone "branch-target-enforcement" "sign-return-address"="non-leaf" {
; asm: bti c
; asm-not: paciasp
  %y = add i32 %x, 1
  ret i32 %y
}

; Signed even where it stays in its register.
define i32 @signed_leaf(i32 %x) "sign-return-address"="all" {
; asm: paciasp
; asm: autiasp
; asm: ret
; run: 4 => 5
  %y = add i32 %x, 1
  ret i32 %y
}

define i32 @table(i32 %x) "branch-target-enforcement" {
; asm: bti c
; asm: br x*
; asm: bti j
; run: 0 => 7
; run: 2 => -9
; run: 4 => 13
; run: 9 => 1
  switch i32 %x, label %other [ i32 0, label %a  i32 1, label %b  i32 2, label %c  i32 3, label %d  i32 4, label %e ]
a:
  %r0 = call i32 @leaf(i32 6)
  ret i32 %r0
b:
  %r1 = call i32 @leaf(i32 %x)
  %s1 = mul i32 %r1, 3
  ret i32 %s1
c:
  %r2 = call i32 @leaf(i32 -10)
  ret i32 %r2
d:
  %r3 = call i32 @leaf(i32 11)
  %s3 = sdiv i32 %r3, 3
  ret i32 %s3
e:
  %r4 = call i32 @leaf(i32 12)
  ret i32 %r4
other:
  ret i32 1
}

define i32 @through(ptr %f, i32 %x) "branch-target-enforcement" {
; asm: bti c
; asm: br x16
  %y = tail call i32 %f(i32 %x)
  ret i32 %y
}

; Nobody asked.
define i32 @plain(i32 %x) {
; asm: bl leaf
; asm-not: paciasp
; asm-not: bti
; run: 4 => 9
  %y = call i32 @leaf(i32 %x)
  %z = add i32 %y, %x
  ret i32 %z
}
