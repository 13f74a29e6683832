// A list of recent entries by index, with an end that is no entry.
#include "check.h"

#define SLOTS 64
#define NONE 255
struct lru {
    unsigned char next[SLOTS], before[SLOTS];
    unsigned char first, last;
};

TESTED int touch(struct lru *lru, unsigned slot) {
    if (slot >= SLOTS) {
        return 0;
    }
    unsigned next = lru->next[slot], before = lru->before[slot];
    if ((next >= SLOTS && next != NONE) || (before >= SLOTS && before != NONE)) {
        return 0;
    }
    if (before == NONE) {
        return 1;
    }
    CHECK(before < SLOTS);
    lru->next[before] = (unsigned char)next;
    if (next != NONE) {
        CHECK(next < SLOTS);
        lru->before[next] = (unsigned char)before;
    } else {
        lru->last = (unsigned char)before;
    }
    unsigned first = lru->first;
    if (first < SLOTS) {
        lru->before[first] = (unsigned char)slot;
    }
    lru->next[slot] = (unsigned char)first;
    lru->before[slot] = NONE;
    lru->first = (unsigned char)slot;
    return 1;
}

TESTED int length(const struct lru *lru) {
    int count = 0;
    for (unsigned at = lru->first; at != NONE; at = lru->next[at]) {
        if (at >= SLOTS || count >= SLOTS) {
            return -1;
        }
        CHECK(at < SLOTS);
        CHECK(count < SLOTS);
        count++;
    }
    CHECK(count <= SLOTS);
    CHECK(count >= 0);
    return count;
}

int main(void) {
    struct lru lru = {.first = 0, .last = 2, .next = {1, 2, NONE}, .before = {NONE, 0, 1}};
    printf("%d %d ", touch(&lru, 2), length(&lru));
    printf("%d %d %d\n", lru.first, lru.last, touch(&lru, 99));
}
