; Newer processors swap sixteen bytes by an instruction.
; target: aarch64-linux-gnu
; cpu: armv8.1-a

define i64 @load(ptr %p) {
; asm: caspal x16, x17, x0, x1, [x*]
  %v = load atomic i128, ptr %p seq_cst, align 16
  %low = trunc i128 %v to i64
  %shifted = lshr i128 %v, 64
  %high = trunc i128 %shifted to i64
  %s = add i64 %low, %high
  ret i64 %s
}

define void @store(ptr %p, i64 %x) {
; asm: caspal x16, x17, x0, x1, [x*]
  %v = zext i64 %x to i128
  store atomic i128 %v, ptr %p release, align 16
  ret void
}

define i64 @add(ptr %p, i64 %x) {
; asm: caspal x16, x17, x0, x1, [x*]
  %v = zext i64 %x to i128
  %old = atomicrmw add ptr %p, i128 %v seq_cst
  %low = trunc i128 %old to i64
  ret i64 %low
}

define i64 @minimum(ptr %p, i64 %x) {
  %v = zext i64 %x to i128
  %old = atomicrmw min ptr %p, i128 %v seq_cst
  %low = trunc i128 %old to i64
  ret i64 %low
}

define i1 @swap(ptr %p, i64 %x) {
; asm: caspal x16, x17, x0, x1, [x*]
; asm-not: bl
  %v = zext i64 %x to i128
  %r = cmpxchg ptr %p, i128 %v, i128 9 acq_rel acquire
  %ok = extractvalue { i128, i1 } %r, 1
  ret i1 %ok
}
