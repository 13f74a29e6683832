// An optional value: a box or null.
#include "support/rounds.h"
static uint64_t *find(uint64_t i) {
    if (i % 5 == 0)
        return NULL;
    uint64_t *box = malloc(sizeof *box);
    *box = i * 7;
    return box;
}
static uint64_t one_round(uint64_t i) {
    uint64_t *found = find(i);
    if (found == NULL)
        return 11;
    uint64_t result = *found + 1;
    free(found);
    return result;
}
