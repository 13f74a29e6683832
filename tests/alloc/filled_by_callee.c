// A function that is not inlined fills the object.
#include "support/rounds.h"
struct digits { uint8_t digit[20]; int count; };
static NOINLINE void split(struct digits *d, uint64_t number) {
    d->count = 0;
    do
        d->digit[d->count++] = number % 10;
    while (number /= 10);
}
static uint64_t one_round(uint64_t i) {
    struct digits *d = malloc(sizeof *d);
    split(d, i);
    uint64_t sum = 0;
    for (int k = 0; k < d->count; k++)
        sum += d->digit[k] * (k + 1);
    free(d);
    return sum;
}
