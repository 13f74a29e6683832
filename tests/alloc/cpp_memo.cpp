// A memo table of a fixed size, filled by recursion through a lambda.
#include "support/rounds.hpp"
static uint64_t paths(uint64_t *memo, unsigned x, unsigned y) {
    if (x == 0 || y == 0) return 1;
    uint64_t &entry = memo[x * 8 + y];
    if (entry == 0) entry = paths(memo, x - 1, y) + paths(memo, x, y - 1);
    return entry;
}
static uint64_t one_round(uint64_t i) {
    auto memo = std::make_unique<uint64_t[]>(64);
    return paths(memo.get(), i & 7, (i >> 3) & 7);
}
