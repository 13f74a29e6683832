// One of two shapes behind a pointer, whose method is called.
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
struct rectangle final : shape {
    uint64_t width, height;
    rectangle(uint64_t width, uint64_t height) : width(width), height(height) {}
    uint64_t area() const override { return width * height; }
};
static uint64_t one_round(uint64_t i) {
    uint64_t side = i & 255;
    std::unique_ptr<shape> first = std::make_unique<square>(side);
    std::unique_ptr<shape> second = std::make_unique<rectangle>(side, 3);
    return first->area() + second->area();
}
