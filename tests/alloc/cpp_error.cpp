// A result that is a value or a boxed error with a cause.
#include "support/rounds.hpp"
struct error { uint64_t code; std::unique_ptr<error> cause; };
template <typename T> struct result {
    T value{}; std::unique_ptr<error> failed;
    result(T v) : value(v) {}
    result(std::unique_ptr<error> e) : failed(std::move(e)) {}
    explicit operator bool() const { return !failed; }
};
static result<uint64_t> read(uint64_t i) {
    if (i % 3 == 0) { auto e = std::make_unique<error>(); e->code = i; return e; }
    return i * 2;
}
static result<uint64_t> load(uint64_t i) {
    auto r = read(i);
    if (!r) { auto e = std::make_unique<error>(); e->code = 7; e->cause = std::move(r.failed); return e; }
    return r.value + 1;
}
static uint64_t one_round(uint64_t i) {
    auto r = load(i);
    if (r) return r.value;
    uint64_t sum = 0;
    for (const error *e = r.failed.get(); e; e = e->cause.get()) sum = sum * 10 + e->code;
    return sum;
}
