// Free slots found in words of bits: the index of a bit is below the width of a word.
#include "check.h"

TESTED int lowest(const unsigned long *words, unsigned count, unsigned char *marks, unsigned slots) {
    if (slots != count * 64 || count > 1000) {
        return -1;
    }
    int found = 0;
    for (unsigned w = 0; w < count; w++) {
        unsigned long rest = words[w];
        while (rest != 0) {
            unsigned bit = __builtin_ctzl(rest);
            CHECK(bit < 64);
            unsigned slot = w * 64 + bit;
            CHECK(slot < slots);
            marks[slot] = 1;
            rest &= rest - 1;
            found++;
        }
    }
    return found;
}

TESTED int size_class(unsigned size, const int *table) {
    if (size < 16) {
        return 0;
    }
    unsigned log = 31 - __builtin_clz(size);
    CHECK(log >= 4);
    CHECK(log < 32);
    unsigned step = size >> (log - 2) & 3;
    CHECK(step < 4);
    unsigned index = (log - 4) * 4 + step;
    CHECK(index < 112);
    return table[index];
}

TESTED unsigned population(unsigned x) {
    unsigned count = __builtin_popcount(x);
    CHECK(count <= 32);
    return count * 2;
}

int main(void) {
    static unsigned char marks[192];
    static int table[112];
    unsigned long words[3] = {5, 0, 1ul << 63};
    for (int i = 0; i < 112; i++) table[i] = i;
    printf("%d %d %d\n", lowest(words, 3, marks, 192), marks[2], marks[191]);
    printf("%d %d %u\n", size_class(17, table), size_class(4000000000u, table), population(255));
}
