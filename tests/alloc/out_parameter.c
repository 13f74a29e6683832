// A function that is not inlined makes the object and hands it over through a parameter.
#include "support/rounds.h"
struct range { uint64_t low, high; };
static NOINLINE int make(uint64_t low, uint64_t high, struct range **out) {
    if (low > high)
        return -1;
    struct range *r = malloc(sizeof *r);
    r->low = low;
    r->high = high;
    *out = r;
    return 0;
}
static uint64_t one_round(uint64_t i) {
    struct range *r;
    if (make(i & 7, (i & 7) + 9, &r))
        return 0;
    uint64_t width = r->high - r->low + i;
    free(r);
    return width;
}
