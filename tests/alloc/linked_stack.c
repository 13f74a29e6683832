// A stack of linked cells that is pushed to and popped from in one function.
#include "support/rounds.h"
struct cell { uint64_t value; struct cell *next; };
static struct cell *push(struct cell *top, uint64_t value) {
    struct cell *c = malloc(sizeof *c);
    c->value = value, c->next = top;
    return c;
}
static struct cell *pop(struct cell *top, uint64_t *value) {
    struct cell *next = top->next;
    *value = top->value;
    free(top);
    return next;
}
static uint64_t one_round(uint64_t i) {
    struct cell *stack = NULL;
    uint64_t a, b, c;
    stack = push(stack, i);
    stack = push(stack, i * 3);
    stack = pop(stack, &a);
    stack = push(stack, a ^ 5);
    stack = push(stack, i >> 2);
    stack = pop(stack, &b);
    stack = pop(stack, &c);
    stack = pop(stack, &a);
    return a + 3 * b + 5 * c + (stack == NULL);
}
