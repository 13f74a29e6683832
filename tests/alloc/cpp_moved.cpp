// An owner is handed on twice.
#include "support/rounds.hpp"
#include <utility>
struct message {
    uint64_t kind, body;
};
static std::unique_ptr<message> stamped(std::unique_ptr<message> m) {
    m->kind |= 8;
    return m;
}
static uint64_t take(std::unique_ptr<message> m) { return m->kind * m->body; }
static uint64_t one_round(uint64_t i) {
    auto m = std::make_unique<message>(message{i & 7, i >> 3});
    return take(stamped(std::move(m)));
}
