// A boxed accumulator, replaced in each turn.
#include "support/rounds.h"
typedef struct { uint64_t value; } box;
static box *of(uint64_t v) {
    box *b = malloc(sizeof *b);
    if (!b)
        abort();
    b->value = v;
    return b;
}
static uint64_t one_round(uint64_t i) {
    box *sum = of(0);
    for (uint64_t k = 0; k < (i & 7); k++) {
        box *term = of(k * i);
        box *more = of(sum->value + term->value);
        free(term);
        free(sum);
        sum = more;
    }
    uint64_t result = sum->value;
    free(sum);
    return result;
}
