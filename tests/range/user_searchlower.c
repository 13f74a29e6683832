// Binary search by halving a length, without a second bound.
#include "check.h"

TESTED int lower(const int *a, int n, int wanted) {
    int base = 0, left = n;
    while (left > 0) {
        int half = left / 2;
        CHECK(half >= 0);
        CHECK(half < left);
        CHECK(base >= 0);
        if (a[base + half] < wanted) {
            base += half + 1;
            left -= half + 1;
        } else {
            left = half;
        }
        CHECK(left >= 0);
    }
    return base;
}

int main(void) {
    int a[6] = {1, 3, 5, 7, 9, 11};
    printf("%d %d %d\n", lower(a, 6, 5), lower(a, 6, 0), lower(a, 6, 20));
}
