// An object from before the loop is changed in it.
#include "support/rounds.h"
struct counter { uint64_t even, odd; };
static uint64_t one_round(uint64_t i) {
    struct counter *c = malloc(sizeof *c);
    c->even = c->odd = 0;
    for (uint64_t bits = i; bits; bits >>= 2) {
        if (bits & 1)
            c->even++;
        if (bits & 2)
            c->odd += c->even;
    }
    uint64_t result = c->even * 64 + c->odd;
    free(c);
    return result;
}
