; error: 5:12: value '@f' is defined more than once
define i32 @f() {
  ret i32 1
}
define i32 @f() {
  ret i32 2
}
