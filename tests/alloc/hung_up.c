// A node that a function hangs into its owner.
#include "support/rounds.h"
struct node { uint64_t value; struct node *next; };
struct owner { struct node *first; uint64_t count; };
NOINLINE static void hang(struct owner *o, struct node *n) { n->next = o->first; o->first = n; o->count++; }
NOINLINE static uint64_t total(const struct owner *o) {
    uint64_t sum = o->count;
    for (const struct node *n = o->first; n; n = n->next) sum = sum * 5 + n->value;
    return sum;
}
static uint64_t one_round(uint64_t i) {
    struct owner *o = calloc(1, sizeof *o);
    struct node *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    a->value = i; b->value = i ^ 5;
    hang(o, a);
    hang(o, b);
    uint64_t out = total(o);
    free(a); free(b); free(o);
    return out;
}
