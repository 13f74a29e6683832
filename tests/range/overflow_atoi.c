// Reads a number that fits, and says where it ends.
#include "check.h"
#include <stdint.h>

TESTED int64_t number(const char *s, int n, int *end) {
    int64_t value = 0; int i = 0;
    while (i < n && i < 18 && s[i] >= '0' && s[i] <= '9') {
        int digit = s[i] - '0';
        CHECK(digit >= 0 && digit <= 9);
        int64_t ten, next;
        CHECK(!__builtin_mul_overflow(value, (int64_t)10, &ten) || i >= 18);
        if (value > 99999999999999999) break;
        next = value * 10 + digit;
        CHECK(next >= 0);
        CHECK(next <= 999999999999999999);
        value = next;
        i++;
        CHECK(i <= 18);
    }
    CHECK(i >= 0);
    *end = i;
    return value;
}
int main(void) { int e; printf("%d ", (int)number("1234x", 5, &e)); printf("%d\n", e); }
