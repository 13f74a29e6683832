// A visitor that counts, called through virtual functions of nodes.
#include "support/rounds.hpp"
struct leaf;
struct sum;
struct visitor {
    virtual ~visitor() = default;
    virtual void on(const leaf &) = 0;
    virtual void on(const sum &) = 0;
};
struct node {
    virtual ~node() = default;
    virtual void accept(visitor &) const = 0;
};
struct leaf : node {
    uint64_t value;
    explicit leaf(uint64_t value) : value(value) {}
    void accept(visitor &v) const override { v.on(*this); }
};
struct sum : node {
    std::unique_ptr<node> a, b;
    sum(std::unique_ptr<node> a, std::unique_ptr<node> b) : a(std::move(a)), b(std::move(b)) {}
    void accept(visitor &v) const override { v.on(*this); }
};
struct evaluator : visitor {
    uint64_t total = 0;
    void on(const leaf &l) override { total += l.value; }
    void on(const sum &s) override {
        s.a->accept(*this);
        s.b->accept(*this);
    }
};
static uint64_t one_round(uint64_t i) {
    auto tree = std::make_unique<sum>(std::make_unique<leaf>(i), std::make_unique<leaf>(i >> 2));
    auto evaluate = std::make_unique<evaluator>();
    tree->accept(*evaluate);
    return evaluate->total;
}
