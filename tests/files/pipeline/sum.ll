; What clang emits without optimization, locals in memory and all, becomes a loop on values.
; pass: all

define i32 @sum(ptr noundef %list, i32 noundef %count) {
; check-not: slot
; check-not: store
; check-count: 1 load
; check-count: 1 loop
; The test is at the end of the loop, and one before it.
; check-count: 2 if
; asm-not: rsp
; asm-not: rbp
; run: [1, 2, 3, 4], 4 => 10
; run: [1], 0 => 0
entry:
  %list.slot = alloca ptr, align 8
  %count.slot = alloca i32, align 4
  %total = alloca i32, align 4
  %i = alloca i32, align 4
  store ptr %list, ptr %list.slot, align 8
  store i32 %count, ptr %count.slot, align 4
  store i32 0, ptr %total, align 4
  store i32 0, ptr %i, align 4
  br label %head

head:
  %0 = load i32, ptr %i, align 4
  %1 = load i32, ptr %count.slot, align 4
  %less = icmp slt i32 %0, %1
  br i1 %less, label %body, label %done

body:
  %2 = load ptr, ptr %list.slot, align 8
  %3 = load i32, ptr %i, align 4
  %4 = sext i32 %3 to i64
  %place = getelementptr inbounds i32, ptr %2, i64 %4
  %5 = load i32, ptr %place, align 4
  %6 = load i32, ptr %total, align 4
  %more = add nsw i32 %6, %5
  store i32 %more, ptr %total, align 4
  %7 = load i32, ptr %i, align 4
  %next = add nsw i32 %7, 1
  store i32 %next, ptr %i, align 4
  br label %head

done:
  %result = load i32, ptr %total, align 4
  ret i32 %result
}
