/* Conversions between integers and floats, shifts of 64 bits, rounding, and compares with NaN. */
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>

static void of_double(double d)
{
    printf("%d %u %ld", (int)fmod(d, 1e9), (unsigned)fabs(fmod(d, 1e9)), (long)d);
    printf(" %lu %d %d %d\n", (unsigned long)fabs(d), (signed char)fmod(d, 100), (uint16_t)fabs(fmod(d, 1e4)), (_Bool)d);
    printf("  %.9g %.17g %.17g %.17g %.17g\n", (double)(float)d, floor(d), ceil(d), trunc(d), rint(d));
}

static void of_integer(uint64_t u)
{
    printf("%.17g %.17g %.9g %.9g", (double)u, (double)(int64_t)u, (float)u, (float)(int64_t)u);
    printf(" %.17g %.17g %.9g %.9g\n", (double)(uint32_t)u, (double)(int32_t)u, (float)(uint8_t)u, (float)(int16_t)u);
}

static uint64_t shifts(uint64_t x, unsigned n)
{
    uint64_t rotated = x << (n & 63) | x >> (-n & 63);
    int64_t s = (int64_t)x >> (n & 63);
    return rotated ^ (x << (n & 63)) * 3 ^ (x >> (n & 63)) * 5 ^ (uint64_t)s * 7 ^ (1ul << (n & 63)) ^ ((uint32_t)x >> (n & 31));
}

static int compares(double a, double b)
{
    int bits = (a < b) | (a <= b) << 1 | (a == b) << 2 | (a != b) << 3 | (a > b) << 4 | (a >= b) << 5;
    bits |= (!(a < b)) << 6 | (!(a >= b)) << 7 | (isunordered(a, b) != 0) << 8;
    if (a < b) bits |= 1 << 9;
    if (!(a <= b)) bits |= 1 << 10;
    while (a == b) { bits |= 1 << 11; break; }
    return bits | (a > b ? 3 : 5) << 12;
}

int main(void)
{
    double doubles[] = { 0, -0.0, 1, -1, 0.5, 1.5, -2.5, 1e9, -123456789.75, 4294967295.0, 1e18, 9.2e18, 1e-310, 3.999999999 };
    for (unsigned i = 0; i < sizeof doubles / sizeof *doubles; i++)
        of_double(doubles[i]);
    uint64_t integers[] = { 0, 1, 255, 32768, 0x7fffffff, 0x80000000, 0xffffffff, 1ull << 53, (1ull << 53) + 1, INT64_MAX,
                            1ull << 63, UINT64_MAX, 0x8000000000000401, 0xfffffffffffffbff, 0x0123456789abcdef };
    for (unsigned i = 0; i < sizeof integers / sizeof *integers; i++)
        of_integer(integers[i]);
    for (unsigned n = 0; n < 70; n += 3)
        printf("%lx ", (unsigned long)shifts(0x9e3779b97f4a7c15, n));
    printf("\n");
    double special[] = { 0, -0.0, 1, NAN, INFINITY, -INFINITY, DBL_MIN / 2 };
    for (int i = 0; i < 7; i++)
        for (int j = 0; j < 7; j++)
            printf("%x ", compares(special[i], special[j]));
    printf("\n%g %g %g\n", fmin(1, 2), fmax(-1, -2), copysign(3, -0.0));
    for (int i = 0; i < 7; i++)
        printf("%d %d %d %.17g\n", !!isnan(special[i]), !!isinf(special[i]), !!signbit(special[i]), sqrt(fabs(special[i])));
    return 0;
}
