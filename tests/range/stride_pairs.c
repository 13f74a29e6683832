// Pairs of an even number of elements.
#include "check.h"

TESTED int pairs(const int *a, int n) {
    int sum = 0;
    n &= ~1;
    for (int i = 0; i < n; i += 2) {
        CHECK(i < n);
        CHECK(i + 1 < n);
        CHECK((i & 1) == 0);
        sum += a[i] * a[i + 1];
    }
    return sum;
}

int main(void) {
    int a[7] = {1, 2, 3, 4, 5, 6, 7};
    printf("%d %d %d\n", pairs(a, 7), pairs(a, 2), pairs(a, -3));
}
