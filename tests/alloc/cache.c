// An object of the caller's, if it has one that fits, or one that is made.
#include "support/rounds.h"
struct buffer { size_t room; uint64_t words[3]; };
static uint64_t fill(struct buffer *given, uint64_t i) {
    size_t wanted = 1 + i % 3;
    struct buffer *b = given;
    if (given->room < wanted) {
        b = malloc(sizeof *b);
        b->room = 3;
    }
    b->words[0] = i;
    b->words[wanted - 1] = i * 3;
    uint64_t sum = b->words[0] + b->words[wanted - 1] + b->room;
    if (b != given)
        free(b);
    return sum;
}
static uint64_t one_round(uint64_t i) {
    struct buffer own = {2, {0}};
    return fill(&own, i);
}
