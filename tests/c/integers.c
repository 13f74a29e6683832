/* Integer arithmetic of all widths: promotions, wrapping, division by constants and variables, builtins. */
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#define ALL(type, name)                                                                                             \
    static uint64_t name(type a, type b)                                                                            \
    {                                                                                                               \
        type d = b ? b : 3;                                                                                         \
        uint64_t h = (uint64_t)(type)(a + b);                                                                       \
        h = h * 31 + (uint64_t)(type)(a - b);                                                                       \
        h = h * 31 + (uint64_t)(type)((uint64_t)a * b);                                                             \
        if (d != (type)-1)                                                                                          \
            h = h * 31 + (uint64_t)(a / d) * 7 + (uint64_t)(a % d);                                                 \
        h = h * 31 + (uint64_t)(a / 7) + (uint64_t)(a % 10) + (uint64_t)(a / 16) + (uint64_t)(a % 8);               \
        h = h * 31 + (uint64_t)(a / 100) + (uint64_t)(a % 127) + (uint64_t)(a / 3);                                 \
        h = h * 31 + (uint64_t)(type)(a & b) + (uint64_t)(type)(a | b) * 3 + (uint64_t)(type)(a ^ ~b);              \
        h = h * 31 + (a < b) + (a <= b) * 2 + (a == b) * 4 + (a > 5) * 8;                                           \
        type r;                                                                                                     \
        h = h * 31 + __builtin_add_overflow(a, b, &r) + __builtin_sub_overflow(a, b, &r) * 2;                       \
        return h * 31 + __builtin_mul_overflow(a, b, &r) + (uint64_t)r;                                             \
    }

ALL(int8_t, of_i8) ALL(uint8_t, of_u8) ALL(int16_t, of_i16) ALL(uint16_t, of_u16)
ALL(int32_t, of_i32) ALL(uint32_t, of_u32) ALL(int64_t, of_i64) ALL(uint64_t, of_u64)

static uint64_t bits(uint64_t x)
{
    uint64_t h = __builtin_popcountll(x) + 100 * __builtin_popcount((unsigned)x);
    if (x)
        h = h * 31 + __builtin_clzll(x) + 64 * __builtin_ctzll(x);
    if ((unsigned)x)
        h = h * 31 + __builtin_clz((unsigned)x) + 64 * __builtin_ctz((unsigned)x);
    h = h * 31 + __builtin_bswap64(x) + __builtin_bswap32((uint32_t)x) + __builtin_bswap16((uint16_t)x);
    h = h * 31 + __builtin_bitreverse64(x) + __builtin_bitreverse8((uint8_t)x) + __builtin_parityll(x);
    return h * 31 + __builtin_rotateleft32((uint32_t)x, 7) + __builtin_rotateright8((uint8_t)x, 3) + __builtin_ffsll((long long)x);
}

int main(void)
{
    uint64_t v[] = { 0, 1, 2, 7, 10, 100, 127, 128, 255, 256, 32767, 32768, 65535, 1000000007, INT32_MAX, 1ull << 31,
                     UINT32_MAX, 1ull << 32, 0x123456789abcdef, INT64_MAX, 1ull << 63, UINT64_MAX, (uint64_t)-7, (uint64_t)-100 };
    int n = sizeof v / sizeof *v;
    for (int i = 0; i < n; i++) {
        uint64_t h[8] = { 0 };
        for (int j = 0; j < n; j++) {
            h[0] = h[0] * 131 + of_i8((int8_t)v[i], (int8_t)v[j]);
            h[1] = h[1] * 131 + of_u8((uint8_t)v[i], (uint8_t)v[j]);
            h[2] = h[2] * 131 + of_i16((int16_t)v[i], (int16_t)v[j]);
            h[3] = h[3] * 131 + of_u16((uint16_t)v[i], (uint16_t)v[j]);
            h[4] = h[4] * 131 + ((int32_t)v[i] == INT_MIN && (int32_t)v[j] == -1 ? 0 : of_u32((uint32_t)v[i], (uint32_t)v[j]));
            h[5] = h[5] * 131 + of_u32((uint32_t)v[j], (uint32_t)v[i]);
            h[6] = h[6] * 131 + of_u64(v[i], v[j]);
            if ((int64_t)v[i] < 1l << 30 && (int64_t)v[i] > -(1l << 30) && (int64_t)v[j] < 1l << 30 && (int64_t)v[j] > -(1l << 30))
                h[7] = h[7] * 131 + of_i64((int64_t)v[i], (int64_t)v[j]) + of_i32((int32_t)v[i], (int32_t)v[j]);
        }
        for (int k = 0; k < 8; k++)
            printf("%016lx ", (unsigned long)h[k]);
        printf("%016lx\n", (unsigned long)bits(v[i]));
    }
    return 0;
}
