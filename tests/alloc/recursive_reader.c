// A search that calls itself reads its parameters through a pointer that the caller allocates.
#include "support/rounds.h"
struct limits { uint64_t low, high, step; };
__attribute__((noinline)) static uint64_t search(const struct limits *l, uint64_t at, unsigned depth) {
    if (depth == 0 || at > l->high)
        return at ^ l->low;
    return search(l, at + l->step, depth - 1) + search(l, at * 3 + l->low, depth - 1);
}
static uint64_t one_round(uint64_t i) {
    struct limits *l = malloc(sizeof *l);
    l->low = i & 7;
    l->high = 1000;
    l->step = 3;
    uint64_t result = search(l, i & 63, 3);
    free(l);
    return result;
}
