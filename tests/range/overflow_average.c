// Averages that cannot overflow.
#include "check.h"
#include <stdint.h>

TESTED int mean(const int *v, int n) {
    if (n <= 0 || n > 1000000) return 0;
    int64_t sum = 0;
    for (int i = 0; i < n; i++) {
        int64_t next;
        CHECK(!__builtin_add_overflow(sum, (int64_t)v[i], &next));
        sum = next;
        CHECK(sum <= (int64_t)1000000 * 2147483647);
    }
    int64_t middle = sum / n;
    CHECK(n > 0);
    return (int)middle;
}
TESTED unsigned between(unsigned a, unsigned b) {
    if (a > b) return a;
    unsigned m = a + (b - a) / 2;
    CHECK(m >= a);
    CHECK(m <= b);
    unsigned q = a / 2 + b / 2 + (a & b & 1);
    CHECK(q >= a / 2);
    CHECK(b - a <= b);
    return m + q;
}
int main(void) { int v[3] = {4, 5, 9}; printf("%d %u\n", mean(v, 3), between(3, 10)); }
