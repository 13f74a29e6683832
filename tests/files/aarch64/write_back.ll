; A pointer that is stepped at an access is written back by it.
; target: aarch64-linux-gnu

define i32 @sum(ptr %from, ptr %to) {
; asm: ldr w?x, [x?p], #4
; asm-not: add x
; run: [1, 2, 3, 0]: i32, 0 => 6
entry:
  br label %loop
loop:
  %p = phi ptr [ %from, %entry ], [ %next, %loop ]
  %s = phi i32 [ 0, %entry ], [ %t, %loop ]
  %x = load i32, ptr %p
  %t = add i32 %s, %x
  %next = getelementptr i8, ptr %p, i64 4
  %more = icmp ne i32 %x, 0
  br i1 %more, label %loop, label %done
done:
  ret i32 %t
}

; Down and before the access.
define i8 @back(ptr %begin, i64 %n) {
; asm: ldrb w?x, [x?p, #-1]!
; run: [9, 7, 0, 0]: i8, 4 => 7
entry:
  %end = getelementptr i8, ptr %begin, i64 %n
  br label %loop
loop:
  %p = phi ptr [ %end, %entry ], [ %next, %loop ]
  %next = getelementptr i8, ptr %p, i64 -1
  %x = load i8, ptr %next
  %more = icmp eq i8 %x, 0
  br i1 %more, label %loop, label %done
done:
  ret i8 %x
}

; Both accesses of a pair, then the step.
define i64 @pairs(ptr %from) {
; asm: ldp x*, x*, [x?p], #16
; run: [1, 2, 3, 4, 0, 0]: i64 => 10
entry:
  br label %loop
loop:
  %p = phi ptr [ %from, %entry ], [ %next, %loop ]
  %s = phi i64 [ 0, %entry ], [ %t, %loop ]
  %a = load i64, ptr %p
  %q = getelementptr i8, ptr %p, i64 8
  %b = load i64, ptr %q
  %u = add i64 %s, %a
  %t = add i64 %u, %b
  %next = getelementptr i8, ptr %p, i64 16
  %more = icmp ne i64 %a, 0
  br i1 %more, label %loop, label %done
done:
  ret i64 %t
}

; What is accessed behind the step is so from the new pointer.
define void @copy(ptr %from, ptr %to, i64 %n) {
; asm: ldr x?x, [x?p], #8
; asm: str x?x, [x?q], #8
; asm: cbnz
; asm-not: subs
; run: [5, 6, 7]: i64, [0, 0, 0]: i64, 3 => nothing then [5, 6, 7], [5, 6, 7]
entry:
  br label %loop
loop:
  %p = phi ptr [ %from, %entry ], [ %pn, %loop ]
  %q = phi ptr [ %to, %entry ], [ %qn, %loop ]
  %i = phi i64 [ %n, %entry ], [ %in, %loop ]
  %x = load i64, ptr %p
  store i64 %x, ptr %q
  %pn = getelementptr i8, ptr %p, i64 8
  %qn = getelementptr i8, ptr %q, i64 8
  %in = add i64 %i, -1
  %more = icmp ne i64 %in, 0
  br i1 %more, label %loop, label %done
done:
  ret void
}

; The old pointer is needed.
define ptr @needed(ptr %from) {
; asm-not: ], #4
entry:
  br label %loop
loop:
  %p = phi ptr [ %from, %entry ], [ %next, %loop ]
  %x = load i32, ptr %p
  %next = getelementptr i8, ptr %p, i64 4
  %more = icmp ne i32 %x, 0
  br i1 %more, label %loop, label %done
done:
  ret ptr %p
}

; A step that is too far, and an access that must be alone.
define i32 @far(ptr %from) {
; asm-not: ], #
; asm: add x*
entry:
  br label %loop
loop:
  %p = phi ptr [ %from, %entry ], [ %next, %loop ]
  %x = load i32, ptr %p
  %next = getelementptr i8, ptr %p, i64 256
  %more = icmp ne i32 %x, 0
  br i1 %more, label %loop, label %done
done:
  ret i32 %x
}

define i32 @alone(ptr %from) {
; asm-not: ], #4
; run: [1, 2, 0]: i32 => 0
entry:
  br label %loop
loop:
  %p = phi ptr [ %from, %entry ], [ %next, %loop ]
  %x = load volatile i32, ptr %p
  %next = getelementptr i8, ptr %p, i64 4
  %more = icmp ne i32 %x, 0
  br i1 %more, label %loop, label %done
done:
  ret i32 %x
}

; A counter is not compared with one before it is decremented, but with zero after that.
define void @down(ptr %p, i32 %n) {
; asm: sub w?i, w?i, #1
; asm: cbnz w?i
; asm-not: subs
; run: [0]: i32, 3 => nothing then [12]
entry:
  br label %loop
loop:
  %i = phi i32 [ %n, %entry ], [ %next, %again ]
  %x = load i32, ptr %p
  %y = add i32 %x, 4
  store volatile i32 %y, ptr %p
  %last = icmp eq i32 %i, 1
  br i1 %last, label %done, label %again
again:
  %next = add i32 %i, -1
  br label %loop
done:
  ret void
}
