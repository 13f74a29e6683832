// A vector that grows by realloc, from fresh memory each round.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    uint32_t *v = malloc(2 * sizeof *v);
    v[0] = i;
    v[1] = i >> 1;
    v = realloc(v, 4 * sizeof *v);
    v[2] = v[0] + v[1];
    v[3] = v[1] + v[2];
    uint64_t result = v[3] * 3ull + v[2];
    free(v);
    return result;
}
