// Sums of an index below a length do not overflow.
#include "check.h"

TESTED int scan(const int *a, int n) {
    int sum = 0, next;
    for (int i = 0; i < n; i = next) {
        CHECK(!__builtin_add_overflow(i, 1, &next));
        CHECK(next <= n);
        sum ^= a[i] * next;
    }
    return sum;
}

TESTED unsigned distance(unsigned from, unsigned to) {
    unsigned length;
    if (from > to) return 0;
    CHECK(!__builtin_sub_overflow(to, from, &length));
    CHECK(length <= to);
    return length;
}

int main(void) {
    int a[5] = {9, 8, 7, 6, 5};
    printf("%d %d %u %u\n", scan(a, 5), scan(a, 0), distance(3, 10), distance(10, 3));
}
