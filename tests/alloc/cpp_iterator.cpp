// An iterator behind a pointer to its interface.
#include "support/rounds.hpp"
struct iterator {
    virtual ~iterator() = default;
    virtual bool next(uint64_t &value) = 0;
};
struct odd final : iterator {
    uint64_t at, limit;
    explicit odd(uint64_t limit) : at(0), limit(limit) {}
    bool next(uint64_t &value) override {
        value = at * 2 + 1;
        return at++ < limit;
    }
};
static std::unique_ptr<iterator> odds(uint64_t limit) { return std::make_unique<odd>(limit); }
static uint64_t one_round(uint64_t i) {
    auto numbers = odds(i & 3);
    uint64_t sum = 0, value = 0;
    while (numbers->next(value))
        sum += value * i;
    return sum;
}
