// A value that is a number, or a boxed pair.
#include "support/rounds.hpp"
#include <variant>
struct pair { uint64_t a, b; };
using value = std::variant<uint64_t, std::unique_ptr<pair>>;
static value make(uint64_t i) {
    if (i & 1) return std::make_unique<pair>(pair{i, i >> 3});
    return i;
}
struct reader {
    uint64_t operator()(uint64_t n) const { return n; }
    uint64_t operator()(const std::unique_ptr<pair> &p) const { return p->a * p->b; }
};
static uint64_t one_round(uint64_t i) {
    value v = make(i);
    return std::visit(reader{}, v);
}
