/* Unions, and the same bytes seen as other types. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

union number { float f; uint32_t u; int32_t i; unsigned char b[4]; };
union wide { double d; uint64_t u; struct { uint32_t low, high; } half; short s[4]; };
struct tagged { int tag; union { int i; double d; const char *s; struct { short x, y; } point; } as; };

static double value(struct tagged t)
{
    switch (t.tag) {
    case 0: return t.as.i;
    case 1: return t.as.d;
    case 2: return (double)strlen(t.as.s);
    case 3: return t.as.point.x * 100 + t.as.point.y;
    default: return -1;
    }
}

static float halved(float x)
{
    union number n = { .f = x };
    n.u -= 1u << 23;
    return n.f;
}

int main(void)
{
    union number n = { .f = 1.5f };
    for (int i = 0; i < 8; i++) {
        n.b[i & 3] += 17 * i;
        printf("%08x %d %02x\n", n.u, n.i, n.b[2]);
    }
    union wide w = { .d = -3.25 };
    printf("%016lx %08x %08x %d\n", (unsigned long)w.u, w.half.low, w.half.high, w.s[3]);
    w.half.high ^= 0x80000000u;
    w.s[0] = 7;
    printf("%.17g %g\n", w.d, halved(5));
    struct tagged all[] = { { 0, { .i = -3 } }, { 1, { .d = 2.5 } }, { 2, { .s = "seven!!" } }, { 3, { .point = { 4, 2 } } }, { 9 } };
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
        printf("%g\n", value(all[i]));
    double d = 0.1;
    uint64_t bits;
    memcpy(&bits, &d, sizeof bits);
    printf("%016lx\n", (unsigned long)bits);
    return 0;
}
