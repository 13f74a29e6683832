// Memory with a wish for alignment.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    uint64_t *line = aligned_alloc(64, 64);
    line[0] = i;
    line[7] = i * 5;
    uint64_t result = line[0] ^ line[7] ^ ((uintptr_t)line & 63);
    free(line);
    return result;
}
