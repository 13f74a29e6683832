// A function that is not inlined frees the object.
#include "support/rounds.h"
struct job { uint64_t input, output; };
static NOINLINE uint64_t finish(struct job *j) {
    uint64_t output = j->input * 3 + j->output;
    free(j);
    return output;
}
static uint64_t one_round(uint64_t i) {
    struct job *j = malloc(sizeof *j);
    j->input = i;
    j->output = i >> 4;
    return finish(j);
}
