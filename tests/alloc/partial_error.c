// A request is handed to the error path, which no inlining sees, when it is malformed.
#include "support/rounds.h"
struct request { uint32_t kind, size; uint64_t address; };
static uint64_t failures;
static NOINLINE __attribute__((cold)) void refuse(struct request *r) {
    failures += r->kind + r->size + r->address;
    free(r);
}
static uint64_t one_round(uint64_t i) {
    struct request *r = malloc(sizeof *r);
    r->kind = i & 7;
    r->size = i % 333;
    r->address = i << 4;
    if (r->size == 332 && r->kind == 7) {
        refuse(r);
        return failures;
    }
    uint64_t result = r->address + r->size * r->kind;
    free(r);
    return result;
}
