// From an index inside to the end, and from the middle.
#include "check.h"

TESTED unsigned from(const unsigned char *text, size_t start, size_t length) {
    unsigned sum = 0;
    for (size_t i = start; i < length; i++) {
        CHECK(i >= start);
        CHECK(start < length);
        CHECK(length - i > 0);
        CHECK(length - i <= length);
        sum = sum * 31 + text[i];
    }
    return sum;
}

int main(void) {
    const unsigned char *text = (const unsigned char *)"count from here";
    printf("%u %u %u\n", from(text, 0, 15), from(text, 11, 15), from(text, 20, 15));
}
