// Integers of all widths, their operators, casts and comparisons.
#include <stdint.h>
#include <stdbool.h>

#define OPS(T, N) \
    T N##_arith(T a, T b) { return (T)((a + b) * (a - b) ^ (a & b) | ~a); } \
    T N##_divide(T a, T b) { return b ? (T)(a / b + a % b) : 0; } \
    T N##_shift(T a, int n) { return (T)((a << (n & 7)) + (a >> (n & 7))); } \
    int N##_order(T a, T b) { return (a < b) + (a <= b) * 2 + (a == b) * 4 + (a > b) * 8; }

OPS(int8_t, i8)
OPS(uint8_t, u8)
OPS(int16_t, i16)
OPS(uint16_t, u16)
OPS(int32_t, i32)
OPS(uint32_t, u32)
OPS(int64_t, i64)
OPS(uint64_t, u64)
OPS(__int128, i128)
OPS(unsigned __int128, u128)

_BitInt(24) odd(_BitInt(24) a, _BitInt(24) b) { return a * b - a / (b | 1); }
unsigned _BitInt(63) odd63(unsigned _BitInt(63) a) { return a + 1; }
unsigned _BitInt(7) odd7(unsigned _BitInt(7) a, int n) { return a << n; }

bool logic(bool a, bool b, int c) { return (a && b) || (!a && c > 3) || (a ^ b); }
int64_t widen(int8_t a, uint16_t b, int32_t c, bool d) { return a + b + c + d; }
int8_t narrow(int64_t a) { return (int8_t)a; }
uintptr_t address(int *p) { return (uintptr_t)p; }
int *pointer(uintptr_t p) { return (int *)p; }
int minimum(int a, int b) { return a < b ? a : b; }
unsigned __int128 wide(void) { return ((unsigned __int128)0x123456789abcdef0u << 64) | 0xfedcba9876543210u; }
int compare_pointers(char *a, char *b) { return a < b || a == 0; }
long difference(int *a, int *b) { return a - b; }
int expect(int a) { return __builtin_expect(a > 3, 1) ? a : 7; }
void assume(int *p) { __builtin_assume(p != 0); if (*p > 4) __builtin_unreachable(); }
