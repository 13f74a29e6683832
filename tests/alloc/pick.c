// The larger of two objects is kept, the other is given back.
#include "support/rounds.h"
struct offer { uint64_t price, seller; };
static struct offer *offer(uint64_t price, uint64_t seller) { struct offer *o = malloc(sizeof *o); if (!o) exit(1); o->price = price; o->seller = seller; return o; }
static struct offer *better(struct offer *a, struct offer *b) {
    if (a->price <= b->price) { free(b); return a; }
    free(a);
    return b;
}
static uint64_t one_round(uint64_t i) {
    struct offer *best = offer(i * 7 % 32, 0);
    for (uint64_t seller = 1; seller < 9; seller++) best = better(best, offer(i * (seller + 11) % 32, seller));
    uint64_t out = best->price * 16 + best->seller;
    free(best);
    return out;
}
