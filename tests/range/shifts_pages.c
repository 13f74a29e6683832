// Pages and offsets of an address, through two tables.
#include "check.h"
#include <stdint.h>

TESTED unsigned walk(const uint16_t *first, uint32_t address, unsigned *places) {
    unsigned top = address >> 22, next = (address >> 12) & 1023, offset = address & 4095;
    CHECK(top < 1024);
    CHECK(next < 1024);
    CHECK(offset < 4096);
    unsigned page = first[top];
    unsigned place = (page << 12) | offset;
    CHECK(place >> 12 == page);
    CHECK(place < (1u << 28));
    CHECK(place % 4096 == offset);
    places[top] = next;
    return place + next;
}
int main(void) { static uint16_t f[1024]; static unsigned p[1024]; f[1] = 7; printf("%u\n", walk(f, 0x00412345, p)); }
