// Base 64: three bytes become four letters, and a rest is padded.
#include "check.h"

TESTED int encode(const unsigned char *in, int length, char *out, int capacity) {
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (length < 0 || length > 1 << 20 || capacity < (length + 2) / 3 * 4) {
        return -1;
    }
    int at = 0, made = 0;
    for (; at + 2 < length; at += 3) {
        unsigned group = (unsigned)in[at] << 16 | (unsigned)in[at + 1] << 8 | in[at + 2];
        CHECK(at >= 0);
        CHECK(at + 2 < length);
        CHECK(group < 1 << 24);
        CHECK(made >= 0);
        for (int k = 18; k >= 0; k -= 6) {
            unsigned letter = group >> k & 63;
            CHECK(letter < 64);
            CHECK(k <= 18);
            out[made++] = letters[letter];
        }
    }
    CHECK(at <= length);
    CHECK(length - at < 3);
    return made;
}

int main(void) {
    char out[16] = {0};
    int n = encode((const unsigned char *)"hello wor", 9, out, 16);
    printf("%d %s %d\n", n, out, encode((const unsigned char *)"x", 1, out, 3));
}
