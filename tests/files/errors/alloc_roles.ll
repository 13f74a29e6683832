; error: 2:33: expected one of 'alloc', 'realloc' and 'free'
declare ptr @get(i64) allockind("alloc,free") allocsize(0)
