// Freed on each of several ways out.
#include "support/rounds.h"
struct cursor { uint64_t at, left; };
static uint64_t one_round(uint64_t i) {
    struct cursor *c = malloc(sizeof *c);
    c->at = i;
    c->left = i % 13;
    if (c->left == 0) {
        free(c);
        return 1;
    }
    c->at += c->left;
    if (c->at & 1) {
        uint64_t result = c->at;
        free(c);
        return result;
    }
    c->left--;
    uint64_t result = c->left ^ c->at;
    free(c);
    return result;
}
