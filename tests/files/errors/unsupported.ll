; What is not supported is named.
; error: 3:1: type '<vscale x 4 x i32>' is not supported
define <vscale x 4 x i32> @f(<vscale x 4 x i32> %x) {
  ret <vscale x 4 x i32> %x
}
