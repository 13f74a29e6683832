// A result that is a value or an error with a message, both on the heap.
#include "support/rounds.h"
struct error { uint64_t code, line; };
struct result { struct error *error; uint64_t value; };
static struct result *good(uint64_t value) {
    struct result *r = malloc(sizeof *r);
    r->error = NULL, r->value = value;
    return r;
}
static struct result *bad(uint64_t code, uint64_t line) {
    struct result *r = malloc(sizeof *r);
    r->error = malloc(sizeof *r->error);
    r->error->code = code, r->error->line = line;
    r->value = 0;
    return r;
}
static struct result *divide(uint64_t a, uint64_t b) { return b == 0 ? bad(7, 20) : good(a / b); }
static uint64_t one_round(uint64_t i) {
    struct result *r = divide(i * 31, i & 15);
    uint64_t out = r->error ? r->error->code * r->error->line : r->value;
    free(r->error);
    free(r);
    return out;
}
