// Every shape of control flow.
#include <setjmp.h>
int printf(const char *, ...);

int loops(int n) {
    int s = 0;
    for (int i = 0; i < n; i++) { if (i % 3 == 0) continue; if (i > 100) break; s += i; }
    #pragma clang loop unroll(disable)
    while (n-- > 0) s ^= n;
    do { s--; } while (s > 1000);
    return s;
}

int dense(int a) {
    switch (a) {
    case 0: return 5; case 1: return 7; case 2: a++; case 3: a *= 2; break;
    case 4 ... 9: return a; case -1: return 0; default: return -a;
    }
    return a;
}

const char *sparse(unsigned long a) {
    switch (a) { case 1: return "one"; case 1ul << 40: return "big"; case ~0ul: return "all"; }
    return 0;
}

// A loop with two entries.
int irreducible(int a, int b) {
    if (a) goto middle;
top:
    b += 3;
middle:
    b *= 2;
    if (b < 1000) goto top;
    return b;
}

int computed(const unsigned char *code, int x) {
    static const void *const table[] = { &&add, &&sub, &&mul, &&end };
    goto *table[*code++];
add: x += 1; goto *table[*code++];
sub: x -= 2; goto *table[*code++];
mul: x *= 3; goto *table[*code++];
end: return x;
}

int recursive(int n) { return n < 2 ? n : recursive(n - 1) + recursive(n - 2); }

static jmp_buf place;
int jumps(int n) {
    volatile int seen = 0;
    if (setjmp(place)) return seen + 1;
    seen = n;
    if (n > 3) longjmp(place, 1);
    return n;
}

_Noreturn void stop(void) { __builtin_trap(); }
int forever(void) { for (;;) { } }
int maybe(int a) { if (a) stop(); return 1; }
int call_pointer(int (*f)(int, ...), int a) { return f(a, 1.5, "x"); }
int unlikely(int a) { if (__builtin_expect_with_probability(a, 1, 0.9)) return 1; return printf("%d\n", a); }
