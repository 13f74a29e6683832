// A vector that has its capacity from the start.
#include "support/rounds.hpp"
#include <vector>
static uint64_t one_round(uint64_t i) {
    std::vector<uint64_t> numbers;
    numbers.reserve(3);
    numbers.push_back(i);
    numbers.push_back(i * 3);
    numbers.push_back(i >> 1);
    return numbers[0] + numbers[1] * numbers[2] + numbers.size();
}
