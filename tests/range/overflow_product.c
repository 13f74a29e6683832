// Products of what is small.
#include "check.h"

TESTED int volume(int a, int b, int c) {
    int area, result;
    if (a < 0 || b < 0 || c < 0 || a > 1000 || b > 1000 || c > 1000) return -1;
    CHECK(!__builtin_mul_overflow(a, b, &area));
    CHECK(!__builtin_mul_overflow(area, c, &result));
    CHECK(!__builtin_add_overflow(result, area, &result));
    return result;
}

TESTED unsigned digits(const char *text) {
    unsigned value = 0;
    for (int i = 0; i < 9; i++) {
        unsigned digit = (unsigned)(text[i] - '0');
        if (digit > 9) break;
        CHECK(!__builtin_mul_overflow(digit, 10u, &digit));
        value ^= digit << i;
    }
    return value;
}

int main(void) {
    printf("%d %d %u\n", volume(10, 20, 30), volume(1001, 1, 1), digits("1234567890"));
}
