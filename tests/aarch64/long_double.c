/* `long double` is a float of 128 bits here: arithmetic, compares, conversions, arguments of all kinds. */

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef long double quad;
struct pair { quad a, b; };
struct mixed { int n; quad x; };

static void show(const char *name, quad x)
{
    unsigned char bytes[sizeof x];
    memcpy(bytes, &x, sizeof x);
    printf("%-10s %.20Le ", name, x);
    for (int i = sizeof bytes - 1; i >= 0; i--)
        printf("%02x", bytes[i]);
    putchar('\n');
}

__attribute__((noinline)) static quad compute(quad a, quad b, int op)
{
    switch (op) {
    case 0: return a + b;
    case 1: return a - b;
    case 2: return a * b;
    case 3: return a / b;
    case 4: return -a;
    case 5: return fabsl(a);
    case 6: return sqrtl(fabsl(a));
    case 7: return a < b ? a : b;
    case 8: return fmodl(a, b);
    default: return a * b + a;
    }
}

__attribute__((noinline)) static int compare(quad a, quad b)
{
    return (a == b) | (a != b) << 1 | (a < b) << 2 | (a <= b) << 3 | (a > b) << 4 | (a >= b) << 5 | isunordered(a, b) << 6
        | !(a < b) << 7 | !(a >= b) << 8 | islessgreater(a, b) << 9;
}

__attribute__((noinline)) static struct pair swap(struct pair p) { return (struct pair) { p.b, p.a }; }
__attribute__((noinline)) static struct mixed twice(struct mixed m) { return (struct mixed) { m.n * 2, m.x * 2 }; }
__attribute__((noinline)) static quad many(quad a, quad b, struct pair c, struct pair d, quad e, struct pair f, int g, quad h)
{
    return a + 2 * b + 3 * c.a + 4 * c.b + 5 * d.a + 6 * d.b + 7 * e + 8 * f.a + 9 * f.b + 10 * g + 11 * h;
}
__attribute__((noinline)) static quad sum(int count, ...)
{
    va_list list;
    quad total = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++) {
        total += va_arg(list, int);
        total = total * 3 + va_arg(list, quad);
    }
    va_end(list);
    return total;
}

static const quad table[] = { 0.1L, -2.5L, 1e4000L, LDBL_EPSILON };
static quad global = 3.25L;

int main(void)
{
    quad values[] = { 0.0L, -0.0L, 1.0L / 3, -1234567.890625L, 1e-4000L, HUGE_VALL, -HUGE_VALL, NAN, 7 };
    int count = sizeof values / sizeof *values;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            for (int op = 0; op < 10; op++) {
                quad x = compute(values[i], values[j], op);
                if (x == x)
                    show("value", x);
            }
            printf("compare %x\n", compare(values[i], values[j]));
        }
    for (int i = 0; i < 4; i++)
        show("constant", table[i] * global);
    volatile double d = 0.1;
    volatile float f = -2.5f;
    volatile int n = -7;
    volatile unsigned u = 4000000000u;
    volatile long l = -1L << 60;
    volatile unsigned long ul = ~0ul;
    volatile signed char c = -9;
    volatile unsigned short s = 60000;
    volatile __int128 w = -((__int128)1 << 100);
    quad all = (quad)d + f + n + u + l + ul + c + s + w;
    show("from", all);
    quad t = 1234.75L + global;
    printf("to %g %g %d %u %ld %lu %d %d %d\n", (double)t, (float)-t, (int)-t, (unsigned)t, (long)-t, (unsigned long)t,
           (signed char)(t / 100), (unsigned short)t, (int)((__int128)(t * 1e20L) >> 64));
    struct pair p = swap((struct pair) { 1.5L, 2.5L });
    struct mixed m = twice((struct mixed) { 21, 0.5L });
    printf("%Lg %Lg %d %Lg\n", p.a, p.b, m.n, m.x);
    show("many", many(1, 2, p, p, 5, (struct pair) { 6, 7 }, 8, 9));
    show("sum", sum(3, 1, 2.5L, 3, 4.5L, 5, 6.5L));
    show("library", floorl(-2.5L) + powl(2, 0.5L) + fmal(2, 3, 4) + copysignl(1, -0.0L));
    global += 1;
    global++;
    show("global", global);
    return 0;
}
