// A temporary of each turn of a loop.
#include "support/rounds.h"
struct term { uint64_t numerator, denominator; };
static uint64_t one_round(uint64_t i) {
    uint64_t sum = 0;
    for (uint64_t k = 0; k < (i & 7); k++) {
        struct term *t = malloc(sizeof *t);
        t->numerator = i + k;
        t->denominator = k + 1;
        sum += t->numerator / t->denominator;
        free(t);
    }
    return sum;
}
