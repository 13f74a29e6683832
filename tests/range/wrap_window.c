// One compare for both ends of a window.
#include "check.h"

TESTED int window(unsigned x, const int *a) {
    if (x - 10u < 20u) {
        CHECK(x >= 10);
        CHECK(x < 30);
        return a[x - 10];
    }
    return -1;
}

TESTED int inside(int x, int n) {
    if (n < 0 || (unsigned)x >= (unsigned)n) return -1;
    CHECK(x >= 0);
    CHECK(x < n);
    return n - x;
}

int main(void) {
    int a[20] = {7, 6, 5};
    printf("%d %d %d %d %d\n", window(11, a), window(9, a), window(30, a), inside(3, 5), inside(-1, 5));
}
