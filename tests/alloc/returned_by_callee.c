// A function that is not inlined returns what it was given.
#include "support/rounds.h"
struct account { int64_t balance, limit; };
static NOINLINE struct account *deposit(struct account *a, int64_t amount) {
    if (a->balance + amount <= a->limit)
        a->balance += amount;
    return a;
}
static uint64_t one_round(uint64_t i) {
    struct account *a = malloc(sizeof *a);
    a->balance = i & 1023;
    a->limit = 900;
    uint64_t result = deposit(deposit(a, 50), i & 127)->balance;
    free(a);
    return result;
}
