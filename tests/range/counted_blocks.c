// Four at a time, then the rest.
#include "check.h"

TESTED int sum(const int *a, int n) {
    int total = 0, i = 0;
    for (; i + 4 <= n; i += 4) {
        CHECK(i < n);
        CHECK(i + 3 < n);
        total += a[i] + a[i + 1] * 2 + a[i + 2] * 3 + a[i + 3] * 4;
    }
    for (; i < n; i++) {
        CHECK(i >= 0);
        CHECK(i < n);
        total += a[i];
    }
    return total;
}

int main(void) {
    int a[11] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    printf("%d %d %d\n", sum(a, 11), sum(a, 8), sum(a, 0));
}
