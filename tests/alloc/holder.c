// Reference counting, as of a smart pointer: the count falls to zero where a person sees it.
#include "support/rounds.h"
struct shared { uint64_t references, value; };
static struct shared *share(struct shared *s) { s->references++; return s; }
static void drop(struct shared *s) {
    if (--s->references == 0)
        free(s);
}
static uint64_t one_round(uint64_t i) {
    struct shared *a = malloc(sizeof *a);
    a->references = 1;
    a->value = i;
    struct shared *b = share(a);
    uint64_t result = a->value + b->references;
    drop(b);
    result += a->references;
    drop(a);
    return result;
}
