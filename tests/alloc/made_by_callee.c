// A recursive search makes a small state for each step down.
#include "support/rounds.h"
struct frame { uint64_t depth, sum; };
static uint64_t walk(const struct frame *up, uint64_t i) {
    struct frame *f = malloc(sizeof *f);
    f->depth = up->depth + 1;
    f->sum = up->sum + (i & f->depth);
    uint64_t result = f->depth >= 4 ? f->sum : walk(f, i >> 1);
    free(f);
    return result;
}
static uint64_t one_round(uint64_t i) {
    struct frame top = {0, i};
    return walk(&top, i);
}
