// Shapes behind pointers to their base, in an array: each call is decided by the class that was made.
#include "support/rounds.hpp"
struct shape {
    virtual ~shape() = default;
    virtual uint64_t area() const = 0;
};
struct square final : shape {
    uint64_t side;
    explicit square(uint64_t side) : side(side) {}
    uint64_t area() const override { return side * side; }
};
struct strip final : shape {
    uint64_t length;
    explicit strip(uint64_t length) : length(length) {}
    uint64_t area() const override { return length * 2; }
};
static uint64_t one_round(uint64_t i) {
    std::unique_ptr<shape> shapes[] = {std::make_unique<square>(i & 15), std::make_unique<strip>(i)};
    uint64_t sum = 0;
    for (auto &shape : shapes)
        sum = sum * 3 + shape->area();
    return sum;
}
