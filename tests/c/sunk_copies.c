/* A value that is spilled before the calls begin, and needed behind them. */
#include <stdio.h>
#include <stdlib.h>
__attribute__((noinline)) static int note(int x) { return printf("%d\n", x); }

__attribute__((noinline)) static long busy(const long *p, long n, long a, long b, double d, double e)
{
    long s[24];
    double f[24];
    if (n < 4)
        return a;
#define EACH(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) \
    X(18) X(19) X(20) X(21) X(22) X(23)
#define READ(k) long s##k = p[k]; double f##k = d * (double)p[k];
    EACH(READ)
    for (long i = 0; i < n; i++) {
#define STEP(k) s##k = s##k * 3 + p[(i + k) & 31]; f##k = f##k * 0.5 + d;
        EACH(STEP)
    }
    long sum = 0;
    double total = 0;
#define ADD(k) sum += s##k ^ k; total += f##k;
    EACH(ADD)
    if (sum == 12345)
        return b;
    if (sum & 1) {
        note((int)n);
        note((int)a);
        sum += a + b;
        total += d + e;
    }
    return sum + (long)total;
}

int main(void)
{
    long p[32];
    for (int i = 0; i < 32; i++)
        p[i] = i * 7 % 13;
    for (long n = 1; n < 9; n++)
        printf("%ld\n", busy(p, n, n + 1, n + 2, 0.5 * n, 0.25 * n));
    return 0;
}
