// A table of eight chains with three keys.
#include "support/rounds.h"
struct entry { uint64_t key, value; struct entry *next; };
struct table { struct entry *chains[8]; };
static uint64_t *slot(struct table *t, uint64_t key) {
    struct entry **at = &t->chains[key * 0x9e3779b97f4a7c15 >> 61];
    for (struct entry *e = *at; e; e = e->next)
        if (e->key == key) return &e->value;
    struct entry *e = malloc(sizeof *e);
    e->key = key; e->value = 0; e->next = *at;
    *at = e;
    return &e->value;
}
static void drop(struct table *t) {
    for (int k = 0; k < 8; k++)
        for (struct entry *e = t->chains[k], *next; e; e = next) { next = e->next; free(e); }
    free(t);
}
static uint64_t one_round(uint64_t i) {
    struct table *t = calloc(1, sizeof *t);
    *slot(t, 1) += i;
    *slot(t, 2) += 2 * i;
    *slot(t, 1) += 7;
    uint64_t out = *slot(t, 1) * *slot(t, 2);
    drop(t);
    return out;
}
