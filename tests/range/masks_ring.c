// A mask and a remainder bound an index by another value.
#include "check.h"

TESTED unsigned ring(const unsigned *slots, unsigned at, unsigned mask, unsigned count) {
    unsigned sum = 0;
    CHECK((at & mask) <= mask);
    CHECK((at & mask) <= at);
    if (count == 0) return 0;
    CHECK(at % count < count);
    CHECK(at / count <= at);
    for (unsigned i = 0; i < count; i++) {
        unsigned slot = (at + i) & mask;
        CHECK(slot <= mask);
        sum = sum * 3 + slots[slot];
    }
    return sum;
}

int main(void) {
    unsigned slots[8] = {5, 4, 3, 2, 1, 9, 8, 7};
    printf("%u %u %u\n", ring(slots, 6, 7, 5), ring(slots, 1000001, 3, 9), ring(slots, 3, 7, 0));
}
