// A slice inside a length.
#include "check.h"

TESTED unsigned slice(const unsigned char *bytes, size_t from, size_t to, size_t length) {
    unsigned sum = 0;
    if (from > to || to > length) return ~0u;
    CHECK(from <= length);
    CHECK(to - from <= length);
    for (size_t i = from; i < to; i++) {
        CHECK(i < length);
        CHECK(i >= from);
        CHECK(i - from < length);
        sum = sum * 31 + bytes[i];
    }
    return sum;
}

int main(void) {
    const unsigned char bytes[] = "a slice of bytes";
    printf("%u %u %u\n", slice(bytes, 2, 7, 16), slice(bytes, 9, 4, 16), slice(bytes, 0, 17, 16));
}
