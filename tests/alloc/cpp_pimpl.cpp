// A class that hides what it is made of behind a pointer.
#include "support/rounds.hpp"
class counter {
    struct parts {
        uint64_t count = 0, last = 0;
    };
    std::unique_ptr<parts> p = std::make_unique<parts>();

public:
    void add(uint64_t x) {
        p->count += x & 3;
        p->last = x;
    }
    uint64_t value() const { return p->count * 31 + p->last; }
};
static uint64_t one_round(uint64_t i) {
    counter a, b;
    a.add(i);
    a.add(i >> 3);
    b.add(a.value());
    return a.value() ^ b.value();
}
