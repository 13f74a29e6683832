// Two buffers, an error between, and a cleanup that gives back what there is.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    uint64_t result = 1;
    uint64_t *a = NULL, *b = NULL;
    a = malloc(2 * sizeof *a);
    if (!a)
        goto done;
    a[0] = i;
    a[1] = i ^ 5;
    if (i % 3 == 0) {
        result = 2;
        goto done;
    }
    b = malloc(2 * sizeof *b);
    if (!b)
        goto done;
    b[0] = a[1];
    b[1] = a[0] * 2;
    result = b[0] + b[1];
done:
    free(b);
    free(a);
    return result;
}
