// A pipeline of functions, each with what it captured.
#include "support/rounds.hpp"
#include <functional>
#include <vector>
static uint64_t one_round(uint64_t i) {
    uint64_t a = i * 3, b = i ^ 77, c = i >> 2;
    std::vector<std::function<uint64_t(uint64_t)>> steps;
    steps.reserve(3);
    steps.push_back([=](uint64_t x) { return x + a * b - c; });
    steps.push_back([=](uint64_t x) { return x ^ (a + b + c); });
    steps.push_back([=](uint64_t x) { return x * (b | c | a); });
    uint64_t x = i;
    for (auto &step : steps) x = step(x);
    return x;
}
