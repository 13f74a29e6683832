// An iterator that owns another one: a filter over a range.
#include "support/rounds.h"
struct range { uint64_t at, end; };
struct filter { struct range *inner; uint64_t mask; };
static struct filter *filtered(uint64_t end, uint64_t mask) {
    struct range *r = malloc(sizeof *r);
    r->at = 0;
    r->end = end;
    struct filter *f = malloc(sizeof *f);
    f->inner = r;
    f->mask = mask;
    return f;
}
static int next(struct filter *f, uint64_t *value) {
    while (f->inner->at < f->inner->end) {
        uint64_t v = f->inner->at++;
        if (v & f->mask) {
            *value = v;
            return 1;
        }
    }
    return 0;
}
static uint64_t one_round(uint64_t i) {
    struct filter *f = filtered(i & 15, i >> 4 & 7);
    uint64_t sum = 0, value;
    while (next(f, &value))
        sum += value * value;
    free(f->inner);
    free(f);
    return sum;
}
