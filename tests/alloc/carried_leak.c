// The same without free: as in a language with a garbage collector.
#include "support/rounds.h"
struct range { uint64_t low, high; };
static struct range *make(uint64_t low, uint64_t high) {
    struct range *r = malloc(sizeof *r);
    r->low = low;
    r->high = high;
    return r;
}
static uint64_t one_round(uint64_t i) {
    uint64_t wanted = i * i % 1000;
    struct range *r = make(0, 1024);
    while (r->high - r->low > 1) {
        uint64_t middle = r->low + (r->high - r->low) / 2;
        r = middle <= wanted ? make(middle, r->high) : make(r->low, middle);
    }
    return r->low;
}
