// An optional owner, which is mostly there.
#include "support/rounds.hpp"
#include <optional>
struct node {
    uint64_t value, weight;
};
static std::optional<std::unique_ptr<node>> find(uint64_t key) {
    if (key % 16 == 3)
        return std::nullopt;
    return std::make_unique<node>(node{key, key & 3});
}
static uint64_t one_round(uint64_t i) {
    auto found = find(i);
    return found ? (*found)->value * (*found)->weight : 1;
}
