// A function object with more captures than fit into it.
#include "support/rounds.hpp"
#include <functional>
static uint64_t one_round(uint64_t i) {
    uint64_t a = i & 3, b = i >> 5, c = i ^ 7;
    std::function<uint64_t(uint64_t)> f = [a, b, c](uint64_t x) { return a * x + b - c; };
    return f(i) + f(1);
}
