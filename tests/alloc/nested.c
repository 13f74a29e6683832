// An object in an object in an object.
#include "support/rounds.h"
struct inner { uint64_t value; };
struct middle { struct inner *inner; uint64_t scale; };
struct outer { struct middle *middle; uint64_t bias; };
static uint64_t value(const struct outer *o) { return o->middle->inner->value * o->middle->scale + o->bias; }
static uint64_t one_round(uint64_t i) {
    struct outer *o = malloc(sizeof *o);
    o->middle = malloc(sizeof *o->middle);
    o->middle->inner = malloc(sizeof *o->middle->inner);
    o->middle->inner->value = i;
    o->middle->scale = i & 3;
    o->bias = 9;
    uint64_t result = value(o);
    free(o->middle->inner);
    free(o->middle);
    free(o);
    return result;
}
