// A vector of four numbers, summed up.
#include "support/rounds.hpp"
#include <vector>
static uint64_t one_round(uint64_t i) {
    std::vector<uint64_t> numbers{i, i ^ 1, i >> 2, 7};
    uint64_t sum = 0;
    for (uint64_t number : numbers)
        sum = sum * 3 + number;
    return sum;
}
