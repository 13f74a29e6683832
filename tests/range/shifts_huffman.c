// Reads codes of up to 12 bits from bytes.
#include "check.h"
#include <stdint.h>

TESTED int codes(const uint8_t *in, int n, uint8_t *seen) {
    uint32_t hold = 0; int have = 0, count = 0;
    for (int i = 0; i < n; i++) {
        CHECK(have >= 0 && have < 12);
        hold |= (uint32_t)in[i] << have;
        have += 8;
        CHECK(have < 20);
        while (have >= 12) {
            uint32_t code = hold & 0xfff;
            CHECK(code < 4096);
            CHECK((code >> 3) < 512);
            seen[code >> 3] |= 1 << (code & 7);
            hold >>= 12;
            have -= 12;
            CHECK(have >= 0);
            count++;
        }
        CHECK(have <= 11);
    }
    return count;
}
int main(void) { static uint8_t seen[512]; uint8_t in[3] = {1, 2, 3}; printf("%d\n", codes(in, 3, seen)); }
