// A node is replaced by a new one in each turn of a loop.
#include "support/rounds.h"
struct state { uint64_t a, b; };
static struct state *step(struct state *old) {
    struct state *s = malloc(sizeof *s);
    s->a = old->b;
    s->b = old->a + old->b;
    free(old);
    return s;
}
static uint64_t one_round(uint64_t i) {
    struct state *s = malloc(sizeof *s);
    s->a = i;
    s->b = 1;
    for (uint64_t n = i & 15; n > 0; n--)
        s = step(s);
    uint64_t result = s->a;
    free(s);
    return result;
}
