; error: 2:1: 'allocsize' names what is no integer parameter
define ptr @get(ptr %p) allocsize(0) {
  ret ptr %p
}
