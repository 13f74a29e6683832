// A slice is cut in two.
#include "check.h"

TESTED long cut(const int *a, size_t length, size_t at) {
    if (at > length) return -1;
    size_t rest = length - at;
    CHECK(rest <= length);
    CHECK(at + rest == length);
    long sum = 0;
    for (size_t i = 0; i < rest; i++) {
        CHECK(at + i < length);
        CHECK(at + i >= at);
        sum += a[at + i];
    }
    return sum;
}

int main(void) {
    int a[5] = {1, 2, 4, 8, 16};
    printf("%ld %ld %ld %ld\n", cut(a, 5, 0), cut(a, 5, 3), cut(a, 5, 5), cut(a, 5, 6));
}
