// A distance that is below a length as an unsigned number.
#include "check.h"

TESTED int inside(unsigned at, unsigned start, unsigned length, const int *a) {
    if (start > at) return -1;
    if (at - start < length) {
        CHECK(length > 0);
        CHECK(at >= start);
        CHECK(at - start <= length - 1);
        return a[at - start];
    }
    return -2;
}

TESTED int previous(const int *a, size_t i, size_t n) {
    if (i >= n) return -1;
    size_t before = i - 1;
    if (before < n) {
        CHECK(i > 0);
        CHECK(before < i);
        return a[before];
    }
    CHECK(i == 0);
    return -2;
}

int main(void) {
    int a[4] = {4, 3, 2, 1};
    printf("%d %d %d ", inside(12, 10, 4, a), inside(9, 10, 4, a), inside(14, 10, 4, a));
    printf("%d %d %d\n", previous(a, 2, 4), previous(a, 0, 4), previous(a, 4, 4));
}
