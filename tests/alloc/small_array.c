// Indices are constants once the loops are unrolled.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    uint64_t *v = malloc(4 * sizeof *v);
    for (int k = 0; k < 4; k++)
        v[k] = i >> k;
    uint64_t sum = 0;
    for (int k = 0; k < 4; k++)
        sum += v[k] * v[3 - k];
    free(v);
    return sum;
}
