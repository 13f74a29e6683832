// A vector that grows by pushing.
#include "support/rounds.hpp"
#include <vector>
static uint64_t one_round(uint64_t i) {
    std::vector<uint64_t> numbers;
    numbers.push_back(i);
    numbers.push_back(i * 3);
    return numbers.front() ^ numbers.back();
}
