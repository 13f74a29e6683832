// A function that is not inlined reads the object only.
#include "support/rounds.h"
struct vector { int64_t x, y, z; };
static NOINLINE int64_t length(const struct vector *v) { return v->x * v->x + v->y * v->y + v->z * v->z; }
static uint64_t one_round(uint64_t i) {
    struct vector *v = malloc(sizeof *v);
    v->x = i & 255;
    v->y = i >> 3 & 63;
    v->z = 2;
    uint64_t result = length(v);
    free(v);
    return result;
}
