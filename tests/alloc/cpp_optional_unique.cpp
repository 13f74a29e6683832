// What is looked up may be there: an optional owner.
#include "support/rounds.hpp"
#include <optional>
struct record { uint64_t key, value; };
static std::optional<std::unique_ptr<record>> find(uint64_t key) {
    if (key % 5 == 0) return std::nullopt;
    auto r = std::make_unique<record>();
    r->key = key, r->value = key * 11;
    return r;
}
static uint64_t one_round(uint64_t i) {
    auto first = find(i);
    auto second = find(i + 1);
    uint64_t out = 0;
    if (first) out += (*first)->value;
    if (second && (*second)->key > 3) out ^= (*second)->value;
    return out;
}
