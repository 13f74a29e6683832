// Structures are assigned between heap objects.
#include "support/rounds.h"
struct matrix { uint64_t a, b, c, d; };
static struct matrix *product(const struct matrix *p, const struct matrix *q) {
    struct matrix *r = malloc(sizeof *r);
    *r = (struct matrix){p->a * q->a + p->b * q->c, p->a * q->b + p->b * q->d,
                         p->c * q->a + p->d * q->c, p->c * q->b + p->d * q->d};
    return r;
}
static uint64_t one_round(uint64_t i) {
    struct matrix *m = malloc(sizeof *m), *n = malloc(sizeof *n);
    *m = (struct matrix){i, 1, 1, 0};
    *n = *m;
    n->d = 2;
    struct matrix *r = product(m, n);
    *m = *r;
    free(r);
    uint64_t result = m->a + m->b + m->c + m->d;
    free(m);
    free(n);
    return result;
}
