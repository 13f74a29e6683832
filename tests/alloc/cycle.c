// Two nodes that know each other.
#include "support/rounds.h"
struct node { struct node *next, *back; uint64_t value; };
static struct node *make(uint64_t value) {
    struct node *n = malloc(sizeof *n);
    n->next = n->back = n;
    n->value = value;
    return n;
}
static void link(struct node *a, struct node *b) {
    b->next = a;
    b->back = a;
    a->next = b;
    a->back = b;
}
static uint64_t one_round(uint64_t i) {
    struct node *a = make(i), *b = make(i >> 1);
    link(a, b);
    uint64_t result = a->next->value * 5 + b->back->next->back->value;
    free(a);
    free(b);
    return result;
}
