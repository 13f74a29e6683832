; error: 3:20: use of undefined value '%w'
define i32 @f(i32 %x) {
  %z = add i32 %x, %w
  ret i32 %z
}
