; error: 3:29: use of undefined kind of allocator 'fast'
declare ptr @get(i64) #0
attributes #0 = { allockind("alloc,fast") allocsize(0) "alloc-family"="pool" }
