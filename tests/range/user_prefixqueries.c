// Sums before each place, and sums of windows by their differences.
#include "check.h"

TESTED long window(const int *values, long *before, int n, int width) {
    if (n < 1 || n > 100000 || width < 1 || width > n) {
        return -1;
    }
    before[0] = 0;
    for (int i = 0; i < n; i++) {
        CHECK(i + 1 <= n);
        before[i + 1] = before[i] + values[i];
    }
    long best = 0;
    for (int start = 0; start + width <= n; start++) {
        CHECK(start >= 0);
        CHECK(start < n);
        CHECK(start + width >= 1);
        CHECK(start + width <= n);
        CHECK(start <= n - width);
        long sum = before[start + width] - before[start];
        best = sum > best ? sum : best;
    }
    for (int end = width; end <= n; end++) {
        CHECK(end - width >= 0);
        CHECK(end - width < n);
        CHECK(end - 1 < n);
    }
    for (int i = width; i < n; i++) {
        CHECK(i - width >= 0);
        CHECK(i - width < n - 1);
    }
    return best;
}

TESTED int suffix(const char *text, size_t length, const char *ending, size_t of) {
    if (of > length) {
        return 0;
    }
    size_t start = length - of;
    CHECK(start <= length);
    for (size_t i = 0; i < of; i++) {
        CHECK(start + i < length);
        CHECK(start + i >= start);
        if (text[start + i] != ending[i]) {
            return 0;
        }
    }
    return 1;
}

TESTED size_t find(const char *text, size_t length, const char *part, size_t of) {
    if (of == 0 || of > length) {
        return length;
    }
    for (size_t at = 0; at <= length - of; at++) {
        size_t k = 0;
        while (k < of && text[at + k] == part[k]) {
            CHECK(at + k < length);
            k++;
        }
        CHECK(k <= of);
        if (k == of) {
            CHECK(at + of <= length);
            CHECK(at < length);
            return at;
        }
    }
    return length;
}

int main(void) {
    int values[6] = {3, -1, 4, 1, -5, 9};
    long before[7];
    printf("%ld %d ", window(values, before, 6, 3), suffix("hallo", 5, "lo", 2));
    printf("%zu\n", find("abcabd", 6, "abd", 3));
}
