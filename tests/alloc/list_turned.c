// A list that a loop builds, another turns round and a third gives back.
#include "support/rounds.h"
struct node { uint64_t value; struct node *next; };
static uint64_t one_round(uint64_t i) {
    struct node *list = NULL;
    for (int k = 0; k < 4; k++) {
        struct node *n = malloc(sizeof *n);
        if (!n) abort();
        n->value = i * k; n->next = list; list = n;
    }
    struct node *reversed = NULL;
    while (list) { struct node *next = list->next; list->next = reversed; reversed = list; list = next; }
    uint64_t sum = 0;
    while (reversed) { struct node *next = reversed->next; sum = sum * 3 + reversed->value; free(reversed); reversed = next; }
    return sum;
}
