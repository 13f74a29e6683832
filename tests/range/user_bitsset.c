// A set of small numbers as words of bits.
#include "check.h"

TESTED unsigned first_free(const unsigned long *words, unsigned limit) {
    for (unsigned w = 0; w < (limit + 63) / 64; w++) {
        if (limit > 4096) {
            break;
        }
        CHECK(w < 64);
        unsigned long free = ~words[w];
        if (free == 0) {
            continue;
        }
        unsigned bit = (unsigned)__builtin_ctzl(free);
        CHECK(bit < 64);
        unsigned found = w * 64 + bit;
        CHECK(found / 64 == w);
        CHECK(found % 64 == bit);
        CHECK(found >= w * 64);
        return found < limit ? found : limit;
    }
    return limit;
}

int main(void) {
    unsigned long words[3] = {~0ul, 0xffffful, 0};
    printf("%u %u %u\n", first_free(words, 192), first_free(words, 70), first_free(words, 64));
}
