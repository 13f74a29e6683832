// Counts the bits of a block and the longest run of zero words.
#include "check.h"
#include <stdint.h>

TESTED int weigh(const uint32_t *words, uint8_t count) {
    int ones = 0, run = 0, longest = 0;
    for (uint8_t i = 0; i < count; i++) {
        int bits = 0;
        for (uint32_t w = words[i]; w != 0; w &= w - 1) bits++;
        ones += bits > 32 ? 32 : bits;
        CHECK(ones <= 255 * 32);
        CHECK(ones >= 0);
        run = words[i] == 0 ? run + 1 : 0;
        CHECK(run <= 255);
        if (run > longest) longest = run;
        CHECK(longest <= 255);
    }
    CHECK(longest >= 0);
    return ones * 256 + longest;
}
int main(void) { uint32_t w[4] = {7, 0, 0, 1}; printf("%d\n", weigh(w, 4)); }
