; Places that are jumped to by address are marked where the module asks for it; jumps by way of tables are not checked.
; target: x86_64-unknown-linux-gnu

define i32 @called(i32 %x) {
; asm: endbr64
; asm: lea eax
; run: 4 => 5
  %y = add i32 %x, 1
  ret i32 %y
}

define i32 @with_frame(i32 %x) {
; asm: endbr64
; asm: push
; asm: call called_far*
; asm-count: 1 endbr64
; run: 4 => 9
  %y = call i32 @called_far(i32 %x)
  %z = add i32 %y, %x
  ret i32 %z
}

define i32 @called_far(i32 %x) noinline optnone {
  %y = call i32 @called(i32 %x)
  ret i32 %y
}

define i32 @by_address(i32 %x) {
; asm-count: 3 endbr64
; asm: jmp r*
; run: 0 => 7
; run: 1 => 9
  %i = sext i32 %x to i64
  %at = getelementptr [2 x ptr], ptr @labels, i64 0, i64 %i
  %to = load ptr, ptr %at
  indirectbr ptr %to, [label %a, label %b]
a:
  ret i32 7
b:
  ret i32 9
}

@labels = internal constant [2 x ptr] [ptr blockaddress(@by_address, %a), ptr blockaddress(@by_address, %b)]

define i32 @table(i32 %x) {
; asm: endbr64
; asm: notrack jmp
; asm-count: 1 endbr64
; run: 0 => 6
; run: 3 => -2
; run: 9 => 1
  switch i32 %x, label %other [ i32 0, label %a  i32 1, label %b  i32 2, label %c  i32 3, label %d  i32 4, label %e ]
a:
  %r0 = call i32 @called_far(i32 5)
  ret i32 %r0
b:
  %r1 = call i32 @called_far(i32 %x)
  %s1 = mul i32 %r1, 3
  ret i32 %s1
c:
  %r2 = call i32 @called_far(i32 -10)
  ret i32 %r2
d:
  %r3 = call i32 @called_far(i32 -3)
  ret i32 %r3
e:
  %r4 = call i32 @called_far(i32 12)
  ret i32 %r4
other:
  ret i32 1
}

!llvm.module.flags = !{!0}
!0 = !{i32 8, !"cf-protection-branch", i32 1}
