// Whoever allocates tests for null.
#include "support/rounds.h"
static void *checked(size_t size) {
    void *memory = malloc(size);
    if (memory == NULL) {
        fprintf(stderr, "no memory\n");
        exit(1);
    }
    return memory;
}
static uint64_t one_round(uint64_t i) {
    uint32_t *pair = checked(2 * sizeof *pair);
    pair[0] = i;
    pair[1] = ~i;
    uint64_t result = (uint64_t)pair[0] * pair[1];
    free(pair);
    return result;
}
