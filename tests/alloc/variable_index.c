// A table of known size with indices that vary.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    uint8_t *counts = calloc(16, 1);
    for (uint64_t bits = i; bits; bits >>= 4)
        counts[bits & 15]++;
    uint64_t most = 0;
    for (int k = 0; k < 16; k++)
        if (counts[k] > counts[most])
            most = k;
    free(counts);
    return most;
}
