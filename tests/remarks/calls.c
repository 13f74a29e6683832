// What is said of calls, at their lines.
#include <stdlib.h>
volatile long seen;

static long twice(long x) {
    return 2 * x + seen;
}

__attribute__((noinline)) static long wanted(long x) {
    return x + seen;
}

__attribute__((weak)) long replaceable(long x) {
    return x;
}

long fibonacci(long n) {
    if (n < 2)
        return n;
    long a = fibonacci(n - 1); // remark: fibonacci: fibonacci is not inlined: it calls itself
    seen = a;
    long b = fibonacci(n - 2); // remark: fibonacci: fibonacci is not inlined: it calls itself
    seen = b;
    return a + b;
}

__attribute__((noinline)) static void give_back(long *p) {
    seen = *p;
    free(p);
}

long caller(long x) {
    x += twice(x); // remark: caller: twice is inlined
    x += wanted(x); // remark: caller: wanted is not inlined: the source wants a call
    x += replaceable(x); // remark: caller: replaceable is not inlined: another definition may take its place
    x += fibonacci(x); // remark: caller: fibonacci is not inlined: it calls itself
    return x;
}

void trial(long x) {
    long *p = malloc(sizeof *p); // remark: trial: allocation of 8 bytes does not escape: removed
    *p = x;
    give_back(p); // remark: trial: give_back is inlined: allocations go by that
}

struct point { long x, y; };

__attribute__((noinline)) static long distance(const struct point *p) {
    return (seen + p->x) * p->y;
}

long passed(long x) {
    struct point p = {x, x + 1};
    return 1 + distance(&p); // remark: passed: distance is passed 2 fields instead of an address
}
