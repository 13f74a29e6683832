// Base 64 to bytes: four digits make three bytes.
#include "check.h"

static int digit(unsigned char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

TESTED long decode(const unsigned char *text, size_t length, unsigned char *out, size_t room) {
    if (length % 4 != 0 || room < length / 4 * 3) {
        return -1;
    }
    size_t made = 0;
    for (size_t i = 0; i < length; i += 4) {
        unsigned bits = 0;
        for (size_t k = 0; k < 4; k++) {
            CHECK(i + k < length);
            int value = digit(text[i + k]);
            if (value < 0) {
                return -2;
            }
            CHECK(value < 64);
            bits = bits << 6 | (unsigned)value;
        }
        CHECK(bits < 1u << 24);
        CHECK(made + 2 < room);
        out[made] = (unsigned char)(bits >> 16);
        out[made + 1] = (unsigned char)(bits >> 8);
        out[made + 2] = (unsigned char)bits;
        made += 3;
        CHECK(made <= room);
    }
    return (long)made;
}

int main(void) {
    unsigned char out[16];
    long n = decode((const unsigned char *)"aGFsbG8gd2VsdCEh", 16, out, 16);
    printf("%ld %.*s\n", n, (int)n, out);
}
