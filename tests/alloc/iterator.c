// An iterator on the heap.
#include "support/rounds.h"
static uint32_t data[32];
struct iterator { const uint32_t *at, *end; };
static struct iterator *begin(const uint32_t *from, size_t count) {
    struct iterator *it = malloc(sizeof *it);
    it->at = from;
    it->end = from + count;
    return it;
}
static int next(struct iterator *it, uint32_t *value) {
    if (it->at == it->end) {
        free(it);
        return 0;
    }
    *value = *it->at++;
    return 1;
}
static uint64_t one_round(uint64_t i) {
    data[i & 31] = i;
    uint64_t sum = 0;
    uint32_t value;
    struct iterator *it = begin(data, i & 15);
    while (next(it, &value))
        sum += value;
    return sum;
}
