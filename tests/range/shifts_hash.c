// The top bits of a hash index a table.
#include "check.h"

TESTED int look_up(const int *table, unsigned long long key) {
    unsigned long long hash = key * 0x9e3779b97f4a7c15ull;
    size_t slot = hash >> 60;
    CHECK(slot < 16);
    size_t next = (slot + 1) & 15;
    CHECK(next < 16);
    return table[slot] + table[next];
}

TESTED int of_size(const int *table, unsigned bits, unsigned key) {
    if (bits == 0 || bits > 16) return -1;
    unsigned size = 1u << bits;
    CHECK(size > 0);
    CHECK(size <= 65536);
    unsigned slot = (key * 0x9e3779b1u) & (size - 1);
    CHECK(slot < size);
    return table[slot];
}

int main(void) {
    int table[16];
    for (int i = 0; i < 16; i++) table[i] = i * i;
    printf("%d %d ", look_up(table, 1), look_up(table, 2));
    printf("%d %d\n", of_size(table, 4, 7), of_size(table, 0, 7));
}
