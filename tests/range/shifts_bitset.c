// A set of bits in words.
#include "check.h"

TESTED int contains(const unsigned *words, unsigned count, unsigned bit) {
    if (bit >= count * 32ull) return 0;
    unsigned word = bit >> 5;
    CHECK(word <= bit);
    CHECK(word < count);
    unsigned at = bit & 31;
    CHECK(at < 32);
    return words[word] >> at & 1;
}

TESTED unsigned size(const unsigned *words, unsigned count) {
    unsigned sum = 0;
    for (unsigned i = 0; i < count; i++)
        for (unsigned word = words[i]; word; word >>= 1) {
            CHECK(word >> 1 < word);
            sum += word & 1;
        }
    return sum;
}

int main(void) {
    unsigned words[2] = {0x80000001u, 6};
    printf("%d %d %d %d ", contains(words, 2, 31), contains(words, 2, 32), contains(words, 2, 33), contains(words, 2, 64));
    printf("%u\n", size(words, 2));
}
