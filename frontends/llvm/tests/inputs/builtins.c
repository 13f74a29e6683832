// Builtins of bits, overflow, atomics, and the machine.
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define BITS(T, N) \
    T bits##N(T a, T b, int n) { \
        return (T)(__builtin_bswap##N(a) + __builtin_bitreverse##N(a) + __builtin_rotateleft##N(a, n) + \
            __builtin_rotateright##N(b, n)); }
BITS(uint16_t, 16)
BITS(uint32_t, 32)
BITS(uint64_t, 64)
uint8_t bits8(uint8_t a) { return __builtin_bitreverse8(a) + __builtin_rotateleft8(a, 3); }

int counts(uint32_t a, uint64_t b) {
    return __builtin_popcount(a) + __builtin_clz(a) + __builtin_ctz(a) + __builtin_popcountll(b) + __builtin_clzll(b) +
        __builtin_ctzll(b) + __builtin_ffs(a) + __builtin_parity(a) + __builtin_clrsb(a) + __builtin_abs(a);
}

#define OVERFLOW(T, N) \
    bool N##_overflow(T a, T b, T *r) { \
        return __builtin_add_overflow(a, b, r) | __builtin_sub_overflow(a, b, r) | __builtin_mul_overflow(a, b, r); }
OVERFLOW(int, i32)
OVERFLOW(unsigned, u32)
OVERFLOW(long, i64)
OVERFLOW(unsigned long, u64)
OVERFLOW(short, i16)
bool mixed_overflow(int a, unsigned long b, short *r) { return __builtin_add_overflow(a, b, r); }
uint32_t carry(uint32_t a, uint32_t b, uint32_t *out) { return __builtin_addc(a, b, 1, out); }

int atomics(_Atomic int *p, _Atomic long *q, atomic_flag *f) {
    int expected = 3;
    atomic_store(p, 1);
    atomic_store_explicit(q, 2, memory_order_release);
    int a = atomic_load_explicit(p, memory_order_acquire) + atomic_load(p) + atomic_load_explicit(p, memory_order_relaxed);
    a += atomic_fetch_add(p, 1) + atomic_fetch_sub(p, 1) + atomic_fetch_or(p, 1) + atomic_fetch_and(p, 7) + atomic_fetch_xor(p, 3);
    a += atomic_exchange_explicit(p, 5, memory_order_acq_rel);
    a += atomic_compare_exchange_strong(p, &expected, 4);
    a += atomic_compare_exchange_weak_explicit(p, &expected, 4, memory_order_release, memory_order_relaxed);
    a += __sync_fetch_and_nand((int *)p, 3) + __atomic_fetch_max((int *)p, 3, 5) + __atomic_fetch_min((unsigned *)p, 3, 5);
    atomic_thread_fence(memory_order_seq_cst);
    atomic_signal_fence(memory_order_acquire);
    a += atomic_flag_test_and_set(f);
    return a;
}

void machine(int *p, int n) {
    asm volatile("" ::: "memory");
    asm("" : "+r"(n));
    asm("" : "=m"(*p) : "r"(n));
    __builtin_prefetch(p, 1, 2);
    if (__builtin_constant_p(n)) __builtin_debugtrap();
}
void *frames(void) { return (char *)__builtin_return_address(0) + (long)__builtin_frame_address(0); }
int choose(int n) { return __builtin_choose_expr(sizeof(int) == 4, n, 0); }
