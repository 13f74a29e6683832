// A number from 1 to n.
#include "check.h"

TESTED int get(const int *a, unsigned i, unsigned n) {
    if (i - 1 < n) {
        CHECK(i != 0);
        CHECK(i <= n);
        CHECK(n > 0);
        return a[i - 1];
    }
    return -1;
}

TESTED int walk(const int *a, unsigned start, unsigned n) {
    int sum = 0;
    for (unsigned i = start; i - 1 < n; i--) {
        CHECK(i <= n);
        CHECK(i > 0);
        sum += a[i - 1];
    }
    return sum;
}

int main(void) {
    int a[4] = {2, 4, 8, 16};
    printf("%d %d %d %d\n", get(a, 1, 4), get(a, 0, 4), walk(a, 3, 4), walk(a, 5, 4));
}
