// Numbers of one type taken for those of another one, after they were tested.
#include "check.h"
#include <stdint.h>

TESTED int64_t slice(const char *text, int length, int from, int to) {
    if (length < 0 || from < 0 || to > length || from > to) {
        return -1;
    }
    size_t count = (size_t)(to - from), size = (size_t)length;
    CHECK(count <= size);
    CHECK((size_t)from <= size);
    CHECK((size_t)from + count <= size);
    int64_t sum = 0;
    for (size_t i = (size_t)from; i < (size_t)to; i++) {
        CHECK(i < size);
        CHECK((int)i >= from);
        CHECK((int)i < to);
        sum += text[i];
    }
    for (int i = from; i < to; i++) {
        CHECK((size_t)i < size);
        CHECK((unsigned)i < (unsigned)length);
        sum -= text[(size_t)i];
    }
    return sum;
}

TESTED int narrow(long value) {
    if (value < INT32_MIN || value > INT32_MAX) {
        return 0;
    }
    int small = (int)value;
    CHECK(small == value);
    unsigned char byte = (unsigned char)(small & 0xff);
    CHECK(byte == (small & 0xff));
    return small;
}

TESTED int from_size(size_t length) {
    if (length > INT32_MAX) {
        return -1;
    }
    int n = (int)length;
    CHECK(n >= 0);
    CHECK((size_t)n == length);
    uint16_t half = (uint16_t)(n >> 16);
    CHECK(half < 0x8000);
    return n - half;
}

TESTED uint16_t port(const char *text, int length) {
    unsigned value = 0;
    if (length < 1 || length > 5) {
        return 0;
    }
    for (int i = 0; i < length; i++) {
        unsigned digit = (unsigned)text[i] - '0';
        if (digit > 9) {
            return 0;
        }
        value = value * 10 + digit;
        if (value > 65535) {
            return 0;
        }
        CHECK(value <= 65535);
    }
    CHECK((uint16_t)value == value);
    return (uint16_t)value;
}

int main(void) {
    printf("%ld %d %d ", slice("abcdef", 6, 1, 4), narrow(-5), from_size(70000));
    printf("%d %d\n", port("8080", 4), port("99999", 5));
}
