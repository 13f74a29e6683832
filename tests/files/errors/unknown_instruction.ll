; error: 3:8: expected an instruction, found 'frobnicate'
define i32 @f(i32 %x) {
  %z = frobnicate i32 %x, 1
  ret i32 %z
}
