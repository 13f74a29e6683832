// A builder whose steps return it.
#include "support/rounds.h"
struct builder { uint64_t width, height, flags; };
static struct builder *start(void) { return calloc(1, sizeof(struct builder)); }
static struct builder *width(struct builder *b, uint64_t w) { b->width = w; return b; }
static struct builder *height(struct builder *b, uint64_t h) { b->height = h; return b; }
static struct builder *flag(struct builder *b, unsigned f) { b->flags |= 1ull << f; return b; }
static uint64_t finish(struct builder *b) {
    uint64_t result = b->width * b->height ^ b->flags;
    free(b);
    return result;
}
static uint64_t one_round(uint64_t i) {
    return finish(flag(flag(height(width(start(), i & 255), i >> 3), 3), i & 31));
}
