// A cache of entries whose number is a power of two.
#include "check.h"
#include <stdint.h>

struct cache { uint32_t mask; uint32_t keys[256]; };
TESTED int look(struct cache *c, uint32_t key, uint32_t bits) {
    if (bits > 8) return -1;
    uint32_t size = 1u << bits, mask = size - 1;
    CHECK(size <= 256);
    uint32_t at = (key * 2654435761u) & mask;
    CHECK(at < size);
    CHECK(at < 256);
    for (uint32_t tries = 0; tries < size; tries++) {
        uint32_t slot = (at + tries) & mask;
        CHECK(slot <= mask);
        CHECK(slot < 256);
        if (c->keys[slot] == key) return (int)slot;
        if (c->keys[slot] == 0) { c->keys[slot] = key; return (int)slot; }
    }
    return -1;
}
int main(void) { static struct cache c; int a = look(&c, 77, 4); printf("%d\n", a == look(&c, 77, 4)); }
