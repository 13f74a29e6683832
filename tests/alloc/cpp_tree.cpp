// A search tree of four keys with owners for children.
#include "support/rounds.hpp"
struct node { uint64_t key, value; std::unique_ptr<node> left, right; };
static void insert(std::unique_ptr<node> &root, uint64_t key, uint64_t value) {
    std::unique_ptr<node> *at = &root;
    while (*at) at = key < (*at)->key ? &(*at)->left : &(*at)->right;
    *at = std::make_unique<node>();
    (*at)->key = key, (*at)->value = value;
}
static uint64_t find(const std::unique_ptr<node> &root, uint64_t key) {
    const node *n = root.get();
    while (n && n->key != key) n = key < n->key ? n->left.get() : n->right.get();
    return n ? n->value : 0;
}
static uint64_t one_round(uint64_t i) {
    std::unique_ptr<node> root;
    insert(root, 5, i);
    insert(root, 2, i + 1);
    insert(root, 8, i * 2);
    return find(root, 2) * find(root, 8) + find(root, 7);
}
