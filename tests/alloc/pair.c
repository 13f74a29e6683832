// Two results in a pair on the heap.
#include "support/rounds.h"
struct pair { uint64_t first, second; };
static struct pair *divide(uint64_t a, uint64_t b) {
    struct pair *p = malloc(sizeof *p);
    p->first = a / b;
    p->second = a % b;
    return p;
}
static uint64_t one_round(uint64_t i) {
    struct pair *p = divide(i, (i & 15) + 1);
    uint64_t result = p->first ^ p->second << 8;
    free(p);
    return result;
}
