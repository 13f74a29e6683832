; error: 2:23: '{' is not closed
define i32 @f(i32 %x) {
  %z = add i32 %x,
