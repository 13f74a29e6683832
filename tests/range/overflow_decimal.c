// Numbers of up to nine digits.
#include "check.h"

TESTED int parse(const char *text, int n) {
    int value = 0;
    if (n > 9) n = 9;
    for (int i = 0; i < n; i++) {
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9 || value > 99999999) return -1;
        CHECK(!__builtin_mul_overflow(value, 10, &value));
        CHECK(!__builtin_add_overflow(value, digit, &value));
        CHECK(value <= 999999999);
    }
    CHECK(value >= 0);
    return value;
}

int main(void) {
    printf("%d %d %d\n", parse("12345", 5), parse("999999999", 9), parse("1x", 2));
}
