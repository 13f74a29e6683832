// From the last element to the first, with an unsigned index.
#include "check.h"

TESTED size_t last(const int *a, size_t n, int key) {
    for (size_t i = n; i-- > 0;) {
        CHECK(i < n);
        if (a[i] == key) return i;
    }
    return n;
}

TESTED unsigned countdown(const int *a, unsigned n) {
    unsigned sum = 0;
    for (unsigned i = n; i > 0; i--) {
        CHECK(i <= n);
        CHECK(i - 1 < n);
        sum = sum * 5 + a[i - 1];
    }
    return sum;
}

int main(void) {
    int a[5] = {1, 2, 1, 2, 3};
    printf("%zu %zu %u %u\n", last(a, 5, 2), last(a, 5, 7), countdown(a, 5), countdown(a, 0));
}
