// Unsigned numbers that wrap on purpose.
#include "check.h"

TESTED int is_digit(unsigned char c) {
    if ((unsigned)c - '0' < 10) {
        CHECK(c >= '0');
        CHECK(c <= '9');
        return c - '0';
    }
    return -1;
}

TESTED unsigned down(const unsigned *values, unsigned n) {
    unsigned sum = 0;
    for (unsigned i = n - 1; i < n; i--) {
        CHECK(i < n);
        sum = sum * 3 + values[i];
    }
    return sum;
}

TESTED unsigned around(const unsigned *values, unsigned n, unsigned at) {
    if (n < 3 || at >= n) {
        return 0;
    }
    unsigned before = at == 0 ? n - 1 : at - 1;
    unsigned after = at + 1 == n ? 0 : at + 1;
    CHECK(before < n);
    CHECK(after < n);
    unsigned sum = values[before] + values[after];
    if (at - 1 < n - 2) {
        CHECK(at >= 1);
        CHECK(at < n - 1);
        CHECK(at + 1 < n);
        sum += values[at];
    }
    return sum;
}

TESTED unsigned inside(unsigned x, unsigned low, unsigned high) {
    if (low > high) {
        return 0;
    }
    if (x - low <= high - low) {
        CHECK(x >= low);
        CHECK(x <= high);
        return x - low;
    }
    return high - low;
}

TESTED size_t last(const char *text, size_t length, char wanted) {
    size_t i = length;
    while (i-- != 0) {
        CHECK(i < length);
        if (text[i] == wanted) {
            return i;
        }
    }
    return length;
}

int main(void) {
    unsigned values[4] = {1, 2, 3, 4};
    printf("%d %u %u ", is_digit('7'), down(values, 4), around(values, 4, 0));
    printf("%u %u %zu\n", around(values, 4, 2), inside(5, 3, 9), last("hallo", 5, 'l'));
}
