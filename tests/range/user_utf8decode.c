// UTF-8 to code points: how long a sequence is tells the lead byte.
#include "check.h"

TESTED long decode(const unsigned char *bytes, size_t length, unsigned *out, size_t room) {
    size_t at = 0, made = 0;
    while (at < length) {
        if (made >= room) {
            return -1;
        }
        CHECK(at < length);
        unsigned lead = bytes[at], point;
        size_t extra;
        if (lead < 0x80) {
            point = lead;
            extra = 0;
        } else if ((lead & 0xe0) == 0xc0) {
            point = lead & 0x1f;
            extra = 1;
        } else if ((lead & 0xf0) == 0xe0) {
            point = lead & 0x0f;
            extra = 2;
        } else if ((lead & 0xf8) == 0xf0) {
            point = lead & 0x07;
            extra = 3;
        } else {
            return -2;
        }
        CHECK(extra <= 3);
        if (length - at <= extra) {
            return -3;
        }
        CHECK(at + extra < length);
        for (size_t i = 1; i <= extra; i++) {
            CHECK(at + i < length);
            if ((bytes[at + i] & 0xc0) != 0x80) {
                return -4;
            }
            point = point << 6 | (bytes[at + i] & 0x3f);
        }
        CHECK(made < room);
        CHECK(point < 0x200000);
        out[made++] = point;
        at += extra + 1;
        CHECK(at <= length);
    }
    CHECK(made <= room);
    return (long)made;
}

int main(void) {
    unsigned out[16];
    long n = decode((const unsigned char *)"a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 10, out, 16);
    for (long i = 0; i < n; i++) printf("%x ", out[i]);
    printf("%ld %ld\n", n, decode((const unsigned char *)"\xe2\x82", 2, out, 16));
}
