// A block is copied to a buffer, changed there, and copied back.
#include "support/rounds.h"
static uint8_t record[32];
static uint64_t one_round(uint64_t i) {
    record[i & 31] = i;
    uint8_t *copy = malloc(sizeof record);
    memcpy(copy, record, sizeof record);
    copy[i >> 5 & 31] ^= 0x5a;
    memset(copy + 4, i, 4);
    memcpy(record, copy, 16);
    uint64_t result = copy[i * 7 & 31] + record[i >> 3 & 31];
    free(copy);
    return result;
}
