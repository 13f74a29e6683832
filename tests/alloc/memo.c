// A memo table for one computation, with all entries unknown at first.
#include "support/rounds.h"
static uint64_t ways(uint64_t *memo, unsigned n) {
    if (n < 2) return 1;
    if (memo[n]) return memo[n];
    return memo[n] = ways(memo, n - 1) + 3 * ways(memo, n - 2);
}
static uint64_t one_round(uint64_t i) {
    unsigned n = 8 + (i & 15);
    uint64_t *memo = calloc(n + 1, sizeof *memo);
    if (!memo) return 0;
    uint64_t out = ways(memo, n);
    free(memo);
    return out;
}
