// The size varies within a known bound.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    size_t count = (i & 7) + 1;
    uint32_t *v = malloc(count * sizeof *v);
    for (size_t k = 0; k < count; k++)
        v[k] = i * (k + 1);
    uint64_t sum = 0;
    for (size_t k = count; k-- > 0;)
        sum = sum * 3 + v[k];
    free(v);
    return sum;
}
