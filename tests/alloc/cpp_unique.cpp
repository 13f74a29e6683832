// A unique pointer to a pair.
#include "support/rounds.hpp"
struct pair {
    uint64_t first, second;
};
static uint64_t one_round(uint64_t i) {
    auto p = std::make_unique<pair>();
    p->first = i;
    p->second = i >> 4;
    return p->first * p->second;
}
