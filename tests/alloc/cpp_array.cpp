// An array that is indexed by a variable.
#include "support/rounds.hpp"
static uint64_t one_round(uint64_t i) {
    uint64_t *table = new uint64_t[4]{1, i, 3, i >> 2};
    uint64_t result = table[i & 3] + table[0];
    delete[] table;
    return result;
}
