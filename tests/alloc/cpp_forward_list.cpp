// A list of three in front of which a fourth is put.
#include "support/rounds.hpp"
#include <forward_list>
static uint64_t one_round(uint64_t i) {
    std::forward_list<uint64_t> list{i, i + 1, i * 3};
    list.push_front(9);
    uint64_t sum = 0;
    for (uint64_t x : list) sum = sum * 5 + x;
    return sum;
}
