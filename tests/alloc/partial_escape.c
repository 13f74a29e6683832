// The point escapes into a table on a cold path only.
#include "support/rounds.h"
struct point { int64_t x, y; };
static struct point *kept[1024];
static uint64_t one_round(uint64_t i) {
    struct point *p = malloc(sizeof *p);
    p->x = i;
    p->y = i ^ 5;
    if (i % 1000 == 999) {
        kept[i / 1000 % 1024] = p;
        return 1;
    }
    uint64_t result = p->x * 3 + p->y;
    free(p);
    return result;
}
