; Constants are made before a loop, and a counter's next value is made last, in the counter's register.
; target: aarch64-linux-gnu

define void @fill(ptr %p, i32 %n, i32 %step) {
; asm: movz w?one, #1
; asm: strb w?one, [x0, *]
; asm: add w?i, w?i, w2, lsl #0
; asm-count: 1 movz w*, #1
; run: [0, 0, 0, 0, 0]: i8, 5, 2 => nothing then [1, 0, 1, 0, 1]
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  %wide = zext i32 %i to i64
  %place = getelementptr i8, ptr %p, i64 %wide
  store i8 1, ptr %place
  %next = add i32 %i, %step
  %more = icmp slt i32 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}

; An argument of a call is made where the call wants it.
define void @call(i32 %n) {
; asm: bl nothing
; run: 3 => nothing
entry:
  br label %loop
loop:
  %i = phi i32 [ 0, %entry ], [ %next, %loop ]
  call void @nothing(i32 77)
; asm-count: 1 movz w0, #77
  %next = add i32 %i, 1
  %more = icmp slt i32 %next, %n
  br i1 %more, label %loop, label %done
done:
  ret void
}

define void @nothing(i32 %x) noinline optnone {
; asm: ret
  ret void
}
