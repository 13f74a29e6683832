; error: 3:20: '%y' has type 'i64', expected 'i32'
define i32 @f(i32 %x, i64 %y) {
  %z = add i32 %x, %y
  ret i32 %z
}
