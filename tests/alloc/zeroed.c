// Memory of calloc is zero where nobody wrote.
#include "support/rounds.h"
struct stats { uint32_t low, high, count, unused; };
static uint64_t one_round(uint64_t i) {
    struct stats *s = calloc(1, sizeof *s);
    if (i & 1)
        s->low = i;
    else
        s->high = i;
    s->count++;
    uint64_t result = s->low + s->high * 2 + s->count + s->unused;
    free(s);
    return result;
}
