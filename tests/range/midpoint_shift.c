// A binary search with a shift, on unsigned numbers, for the first that is not less.
#include "check.h"
#include <stdint.h>

TESTED unsigned lower(const unsigned *v, unsigned count, unsigned key) {
    unsigned first = 0;
    unsigned left = count;
    while (left > 0) {
        unsigned half = left >> 1;
        CHECK(half < left);
        unsigned at = first + half;
        CHECK(at < count);
        CHECK(at >= first);
        if (v[at] < key) { first = at + 1; left -= half + 1; }
        else left = half;
        CHECK(first <= count);
        CHECK(left <= count);
    }
    CHECK(first <= count);
    return first;
}
int main(void) { unsigned v[6] = {1, 4, 9, 16, 25, 36}; printf("%u\n", lower(v, 6, 17)); }
