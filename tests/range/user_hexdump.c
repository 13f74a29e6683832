// Bytes as hexadecimal digits in rows, and back.
#include "check.h"

TESTED size_t dump(const unsigned char *bytes, size_t length, char *out, size_t room) {
    static const char digits[16] = "0123456789abcdef";
    if (length > room / 2) {
        return 0;
    }
    for (size_t i = 0; i < length; i++) {
        unsigned high = bytes[i] >> 4, low = bytes[i] & 15;
        CHECK(high < 16);
        CHECK(low < 16);
        CHECK(2 * i < room);
        CHECK(2 * i + 1 < room);
        out[2 * i] = digits[high];
        out[2 * i + 1] = digits[low];
    }
    return length * 2;
}

TESTED int parse(const char *text, int length, unsigned char *out, int room) {
    if (length < 0 || length % 2 != 0 || length / 2 > room) {
        return -1;
    }
    int made = 0;
    for (int i = 0; i + 1 < length; i += 2) {
        int value = 0;
        for (int k = 0; k < 2; k++) {
            CHECK(i + k < length);
            char c = text[i + k];
            int digit;
            if (c >= '0' && c <= '9') {
                digit = c - '0';
            } else if (c >= 'a' && c <= 'f') {
                digit = c - 'a' + 10;
            } else {
                return -2;
            }
            CHECK(digit >= 0 && digit <= 15);
            value = value * 16 + digit;
        }
        CHECK(value >= 0);
        CHECK(value <= 255);
        CHECK(made < room);
        CHECK(i / 2 < room);
        out[made++] = (unsigned char)value;
    }
    return made;
}

int main(void) {
    char text[16];
    unsigned char bytes[4];
    size_t n = dump((const unsigned char *)"\x01\xab\xff", 3, text, 16);
    printf("%.*s %d", (int)n, text, parse(text, (int)n, bytes, 4));
    printf(" %d %d %d\n", bytes[0], bytes[1], bytes[2]);
}
