// A stack of numbers that grows, behind a pointer of its own.
#include "support/rounds.h"
struct stack { uint64_t *items; size_t count, room; };
static struct stack *stack_new(void) { return calloc(1, sizeof(struct stack)); }
static void push(struct stack *s, uint64_t item) {
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : 2;
        s->items = realloc(s->items, s->room * sizeof *s->items);
    }
    s->items[s->count++] = item;
}
static uint64_t pop(struct stack *s) { return s->items[--s->count]; }
static void stack_free(struct stack *s) {
    free(s->items);
    free(s);
}
static uint64_t one_round(uint64_t i) {
    struct stack *s = stack_new();
    push(s, i);
    push(s, i >> 3);
    push(s, 7);
    uint64_t result = pop(s) * pop(s);
    result += pop(s);
    stack_free(s);
    return result;
}
