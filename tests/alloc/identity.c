// Fresh memory is no other memory.
#include "support/rounds.h"
struct token { uint64_t value; };
static struct token nothing;
static int same(struct token *a, struct token *b) { return a == b || (a != &nothing && b != &nothing && a->value == b->value); }
static uint64_t one_round(uint64_t i) {
    struct token *a = malloc(sizeof *a), *b = malloc(sizeof *b);
    a->value = i & 3;
    b->value = i >> 2 & 3;
    uint64_t result = same(a, b) + 2 * same(a, &nothing) + 4 * same(a, a);
    free(b);
    free(a);
    return result;
}
