; Adds `a` to itself `n` times in a loop, as clang emits it before it optimizes.
target triple = "x86_64-unknown-linux-gnu"

@result = private unnamed_addr constant [17 x i8] c"%d times %d: %d\0A\00"

define i32 @accumulate(i32 %n, i32 %a) {
entry:
  %n.addr = alloca i32, align 4
  %a.addr = alloca i32, align 4
  %x = alloca i32, align 4
  %i = alloca i32, align 4
  store i32 %n, ptr %n.addr, align 4
  store i32 %a, ptr %a.addr, align 4
  store i32 0, ptr %x, align 4
  store i32 0, ptr %i, align 4
  br label %condition

condition:
  %0 = load i32, ptr %i, align 4
  %1 = load i32, ptr %n.addr, align 4
  %more = icmp slt i32 %0, %1
  br i1 %more, label %body, label %end

body:
  %2 = load i32, ptr %x, align 4
  %3 = load i32, ptr %a.addr, align 4
  %sum = add nsw i32 %2, %3
  store i32 %sum, ptr %x, align 4
  %4 = load i32, ptr %i, align 4
  %next = add nsw i32 %4, 1
  store i32 %next, ptr %i, align 4
  br label %condition

end:
  %5 = load i32, ptr %x, align 4
  ret i32 %5
}

define i32 @main() {
entry:
  %sum = call i32 @accumulate(i32 6, i32 7)
  %printed = call i32 (ptr, ...) @printf(ptr @result, i32 6, i32 7, i32 %sum)
  ret i32 0
}

declare i32 @printf(ptr, ...)
