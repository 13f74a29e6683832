// A closure on the heap.
#include "support/rounds.hpp"
template <class F> static std::unique_ptr<F> boxed(F f) { return std::make_unique<F>(f); }
static uint64_t one_round(uint64_t i) {
    auto closure = boxed([i](uint64_t x) { return x * i + 1; });
    return (*closure)(3) + (*closure)(i >> 2);
}
