// A vector is filled by a short loop and walked by another.
#include "support/rounds.hpp"
#include <vector>
static uint64_t one_round(uint64_t i) {
    std::vector<uint64_t> numbers;
    for (uint64_t k = 0; k < 3; k++)
        numbers.push_back(i * k);
    uint64_t sum = 0;
    for (uint64_t number : numbers)
        sum = sum * 3 + number;
    return sum;
}
