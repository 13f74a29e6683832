; Allocators that a program has of its own, as attributes describe them.
; pass: escape
declare ptr @pool_get(i32, i64) #0
declare ptr @pool_zeroed(i64, i64 allocalign) #1
declare ptr @pool_grow(ptr allocptr, i64) #2
declare void @pool_put(i64, ptr allocptr) #3
declare void @other_put(ptr allocptr) #4
declare ptr @unsaid(i64) #5
declare void @free(ptr)

define i64 @removed(i64 %x) {
; check-not: call
  %p = call ptr @pool_get(i32 4, i64 2)
  store i64 %x, ptr %p
  %y = load i64, ptr %p
  call void @pool_put(i64 8, ptr %p)
  ret i64 %y
}

define i64 @zeroed(i64 %x) {
; check-not: call
; check: memset
  %p = call ptr @pool_zeroed(i64 16, i64 8)
  store i64 %x, ptr %p
  %q = getelementptr i8, ptr %p, i64 8
  %y = load i64, ptr %q
  call void @pool_put(i64 8, ptr %p)
  ret i64 %y
}

define i64 @grown(i64 %x) {
; check-not: call
; check: memcopy
  %p = call ptr @pool_zeroed(i64 8, i64 8)
  store i64 %x, ptr %p
  %q = call ptr @pool_grow(ptr %p, i64 16)
  %y = load i64, ptr %q
  call void @pool_put(i64 8, ptr %q)
  ret i64 %y
}

define i64 @of_another(i64 %x) {
; What one allocator gave is given back to another.
; check: call
; check-not: slot
  %p = call ptr @pool_get(i32 4, i64 2)
  store i64 %x, ptr %p
  %y = load i64, ptr %p
  call void @other_put(ptr %p)
  ret i64 %y
}

define i64 @of_standard(i64 %x) {
; check: call
; check-not: slot
  %p = call ptr @pool_get(i32 4, i64 2)
  store i64 %x, ptr %p
  %y = load i64, ptr %p
  call void @free(ptr %p)
  ret i64 %y
}

define i64 @no_kind(i64 %x) {
; A size alone does not allow to leave it out.
; check: call
; check-not: slot
  %p = call ptr @unsaid(i64 8)
  store i64 %x, ptr %p
  %y = load i64, ptr %p
  ret i64 %y
}

attributes #0 = { allockind("alloc,uninitialized") allocsize(0,1) "alloc-family"="pool" }
attributes #1 = { allockind("alloc,zeroed,aligned") allocsize(0) "alloc-family"="pool" }
attributes #2 = { allockind("realloc") allocsize(1) "alloc-family"="pool" }
attributes #3 = { allockind("free") "alloc-family"="pool" }
attributes #4 = { allockind("free") "alloc-family"="other" }
attributes #5 = { allocsize(0) }
