// A value is computed in an object; only a new maximum is published, which grows rare.
#include "support/rounds.h"
struct best { uint64_t score, round; };
static struct best *best;
static uint64_t one_round(uint64_t i) {
    struct best *b = malloc(sizeof *b);
    b->score = (i * 2654435761u) & 0xffffffff;
    b->round = i;
    if (best == NULL || b->score > best->score) {
        free(best);
        best = b;
        return b->round;
    }
    uint64_t result = b->score >> 7;
    free(b);
    return result;
}
