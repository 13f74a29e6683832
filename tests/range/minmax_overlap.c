// The part that two intervals share.
#include "check.h"

TESTED unsigned overlap(unsigned from, unsigned to, unsigned other_from, unsigned other_to, const int *a) {
    if (from > to || other_from > other_to) return 0;
    unsigned start = from > other_from ? from : other_from;
    unsigned end = to < other_to ? to : other_to;
    if (start >= end) return 0;
    CHECK(start >= from);
    CHECK(end <= other_to);
    CHECK(from < to);
    CHECK(end - start <= to - from);
    unsigned sum = 0;
    for (unsigned i = start; i < end; i++) {
        CHECK(i - from < to - from);
        sum += a[i - from];
    }
    return sum;
}

int main(void) {
    int a[5] = {1, 2, 4, 8, 16};
    printf("%u %u %u\n", overlap(10, 15, 12, 20, a), overlap(10, 15, 3, 12, a), overlap(10, 15, 15, 20, a));
}
