// Numbers of seven bits a byte.
#include "check.h"

TESTED size_t encode(unsigned value, unsigned char *to) {
    size_t at = 0;
    while (value >= 128) {
        CHECK(value >> 7 < value);
        CHECK((value & 127) <= value);
        to[at++] = (unsigned char)(value & 127) | 128;
        value >>= 7;
    }
    CHECK(value < 128);
    to[at++] = (unsigned char)value;
    CHECK(at > 0);
    return at;
}

TESTED unsigned decode(const unsigned char *from, size_t n) {
    unsigned value = 0;
    for (unsigned i = 0, shift = 0; i < 5 && i < n; i++, shift += 7) {
        CHECK(shift < 32);
        CHECK(i < n);
        value |= (from[i] & 127u) << shift;
        if (from[i] < 128) break;
    }
    return value;
}

int main(void) {
    unsigned char bytes[5];
    size_t n = encode(1234567, bytes);
    printf("%zu %u ", n, decode(bytes, n));
    n = encode(~0u, bytes);
    printf("%zu %u\n", n, decode(bytes, n));
}
