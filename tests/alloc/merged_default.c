// An allocation of its own or the default that lives elsewhere: its loads could go through the phi.
#include "support/rounds.h"
struct config { uint32_t depth, width; };
static struct config fallback = {3, 9};
static uint64_t one_round(uint64_t i) {
    struct config *c = &fallback;
    if (i & 1) {
        c = malloc(sizeof *c);
        c->depth = i & 63;
        c->width = i % 17;
    }
    uint64_t result = c->depth * c->width;
    if (c != &fallback)
        free(c);
    return result;
}
