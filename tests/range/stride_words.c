// Whole words of a length in bytes.
#include "check.h"

TESTED unsigned hash(const unsigned char *bytes, unsigned n) {
    unsigned sum = 0, words = n & ~3u;
    CHECK(words <= n);
    for (unsigned i = 0; i < words; i += 4) {
        CHECK(i + 3 < words);
        CHECK(i + 3 < n);
        CHECK(i % 4 == 0);
        sum = sum * 33 + bytes[i] + bytes[i + 1] * 256u + bytes[i + 2] * 65536u + bytes[i + 3];
    }
    return sum;
}

int main(void) {
    const unsigned char *text = (const unsigned char *)"strides of four";
    printf("%u %u %u\n", hash(text, 15), hash(text, 8), hash(text, 3));
}
