; A private variable holds what it began with, or what was stored to it.
; pass: all

@mode = internal global i32 1
@leaks = internal global i32 1
@any = internal global i32 1
@public = global i32 1
@named = internal global i32 1
@table = global ptr @named
@split = internal global i32 1

declare void @look(ptr)

define void @set(i1 %c, i32 %x) {
  %three = select i1 %c, i32 3, i32 2
  store i32 %three, ptr @mode
  store i32 %three, ptr @leaks
  store i32 %x, ptr @any
  store i32 %three, ptr @public
  store i32 %three, ptr @named
  store i32 %three, ptr @split
  ret void
}

define i1 @known() {
; check-not: ult
  %v = load i32, ptr @mode
  %r = icmp ult i32 %v, 4
  ret i1 %r
}

define i1 @narrower() {
; check: ult
  %v = load i32, ptr @mode
  %r = icmp ult i32 %v, 3
  ret i1 %r
}

define i1 @address_is_taken() {
; check: ult
  call void @look(ptr @leaks)
  %v = load i32, ptr @leaks
  %r = icmp ult i32 %v, 4
  ret i1 %r
}

define i1 @anything_is_stored() {
; check: ult
  %v = load i32, ptr @any
  %r = icmp ult i32 %v, 4
  ret i1 %r
}

define i1 @others_may_store() {
; check: ult
  %v = load i32, ptr @public
  %r = icmp ult i32 %v, 4
  ret i1 %r
}

define i1 @data_name_it() {
; check: ult
  %v = load i32, ptr @named
  %r = icmp ult i32 %v, 4
  ret i1 %r
}

define i1 @stored_in_parts(i8 %x) {
; check: ult
  store i8 %x, ptr @split
  call void @look(ptr null)
  %v = load i32, ptr @split
  %r = icmp ult i32 %v, 4
  ret i1 %r
}
