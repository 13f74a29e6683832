// A counted owner and its copy.
#include "support/rounds.hpp"
static uint64_t one_round(uint64_t i) {
    auto shared = std::make_shared<uint64_t>(i ^ 9);
    auto other = shared;
    shared.reset();
    return *other + 1;
}
