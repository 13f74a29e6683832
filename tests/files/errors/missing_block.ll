; error: 3:12: use of undefined block '%nowhere'
define i32 @f(i32 %x) {
  br label %nowhere
}
