// Counts letters, digits and the rest of a line.
#include "check.h"
#include <stdint.h>

TESTED int classes(const uint8_t *s, int n) {
    int letters = 0, digits = 0, rest = 0;
    if (n <= 0) return 0;
    int i = 0;
    do {
        uint8_t c = s[i];
        if (c >= '0' && c <= '9') digits++;
        else if ((c | 32) >= 'a' && (c | 32) <= 'z') letters++;
        else rest++;
        i++;
        CHECK(digits <= i);
        CHECK(letters <= i);
        CHECK(rest <= i);
        CHECK(digits + letters + rest == i);
    } while (i < n);
    CHECK(digits <= n);
    CHECK(letters >= 0);
    return digits * 100 + letters * 10 + rest;
}
int main(void) { printf("%d\n", classes((const uint8_t *)"ab1 c22", 7)); }
