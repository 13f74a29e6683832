// A short list is built, summed up by a loop, and freed by another one.
#include "support/rounds.h"
struct node { struct node *next; uint64_t value; };
static struct node *cons(uint64_t value, struct node *next) {
    struct node *n = malloc(sizeof *n);
    n->value = value;
    n->next = next;
    return n;
}
static uint64_t one_round(uint64_t i) {
    struct node *list = cons(i, cons(i * 3, cons(i ^ 1, NULL)));
    uint64_t sum = 0;
    for (struct node *n = list; n; n = n->next)
        sum = sum * 2 + n->value;
    while (list) {
        struct node *next = list->next;
        free(list);
        list = next;
    }
    return sum;
}
