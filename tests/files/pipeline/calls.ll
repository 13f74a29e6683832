; What crosses calls is known on both sides.
; pass: all

define void @fail() noinline {
  call void @llvm.trap()
  ret void
}
declare void @llvm.trap()
define weak range(i32 5, 20) i32 @get() {
  ret i32 5
}

define internal i32 @told(i32 %x) noinline {
; check-not: if
; check-not: @fail
  %c = icmp ult i32 %x, 10
  br i1 %c, label %a, label %b
a:
  ret i32 7
b:
  call void @fail()
  ret i32 0
}

define i32 @tells(i32 %y) {
  %m = and i32 %y, 7
  %r = call i32 @told(i32 %m)
  %s = call i32 @told(i32 9)
  %t = add i32 %r, %s
  ret i32 %t
}

; Anybody may call it.
define i32 @public(i32 %x) noinline {
; check: if
  %c = icmp ult i32 %x, 10
  br i1 %c, label %a, label %b
a:
  ret i32 7
b:
  call void @fail()
  ret i32 0
}

; So may who has its address.
@table = global ptr @pointed

define internal i32 @pointed(i32 %x) noinline {
; check: if
  %c = icmp ult i32 %x, 10
  br i1 %c, label %a, label %b
a:
  ret i32 7
b:
  call void @fail()
  ret i32 0
}

define i32 @calls() {
  %r = call i32 @public(i32 3)
  %s = call i32 @pointed(i32 3)
  %t = add i32 %r, %s
  ret i32 %t
}

define internal i32 @returns(i32 %x) noinline {
  %m = and i32 %x, 7
  ret i32 %m
}

define i32 @returned(i32 %y) {
; check-not: if
; check-not: @fail
; run: 12 => 7
  %r = call i32 @returns(i32 %y)
  %c = icmp ult i32 %r, 8
  br i1 %c, label %a, label %b
a:
  ret i32 7
b:
  call void @fail()
  ret i32 0
}

; Another definition may take its place.
define weak i32 @replaced(i32 %x) noinline {
  %m = and i32 %x, 7
  ret i32 %m
}

define i32 @weakly(i32 %y) {
; check: if
  %r = call i32 @replaced(i32 %y)
  %c = icmp ult i32 %r, 8
  br i1 %c, label %a, label %b
a:
  ret i32 7
b:
  call void @fail()
  ret i32 0
}

define i32 @declared() {
; check-not: if
; check-not: @fail
  %x = call i32 @get()
  %c = icmp ult i32 %x, 20
  br i1 %c, label %a, label %b
a:
  ret i32 1
b:
  call void @fail()
  ret i32 0
}

define i64 @halved(i64 %x, i64 %y) {
; check: : i32 = udiv
; check-not: : i64 = udiv
; asm-not: div r
; run: 100, 7 => 14
  %a = and i64 %x, 4294967295
  %b = and i64 %y, 65535
  %q = udiv i64 %a, %b
  ret i64 %q
}
