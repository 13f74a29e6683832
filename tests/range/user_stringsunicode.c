// Decoding of UTF-8: how many bytes a character takes bounds what is read.
#include "check.h"

TESTED long decode(const unsigned char *bytes, unsigned long length, unsigned *out) {
    unsigned long i = 0, made = 0;
    while (i < length) {
        unsigned lead = bytes[i];
        unsigned long extra = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        CHECK(extra <= 3);
        if (extra >= length - i) {
            return -1;
        }
        CHECK(i + extra < length);
        unsigned point = extra == 0 ? lead : lead & (0x3fu >> extra);
        for (unsigned long k = 1; k <= extra; k++) {
            CHECK(i + k < length);
            point = point << 6 | (bytes[i + k] & 0x3f);
        }
        CHECK(made <= i);
        out[made++] = point;
        i += extra + 1;
    }
    return (long)made;
}

int main(void) {
    unsigned out[16];
    const unsigned char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
    long n = decode(text, sizeof text - 1, out);
    printf("%ld", n);
    for (long i = 0; i < n; i++) printf(" %x", out[i]);
    printf(" %ld\n", decode(text, 2, out));
}
