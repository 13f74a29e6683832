// A buffer for a moment: bytes of a number, backwards.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    char *buffer = malloc(24);
    size_t length = 0;
    uint64_t rest = i;
    do
        buffer[length++] = '0' + rest % 10;
    while (rest /= 10);
    uint64_t hash = 5381;
    while (length > 0)
        hash = hash * 33 + buffer[--length];
    free(buffer);
    return hash;
}
