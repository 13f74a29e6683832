// An object with an alignment of its own.
#include "support/rounds.hpp"
struct alignas(64) line {
    uint64_t words[8];
};
static uint64_t one_round(uint64_t i) {
    auto l = std::make_unique<line>();
    l->words[1] = i;
    l->words[5] = i >> 7;
    return l->words[1] - l->words[5] + l->words[0];
}
