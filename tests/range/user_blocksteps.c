// Blocks of eight, blocks of two, and a remainder.
#include "check.h"

TESTED unsigned blocks(const unsigned char *bytes, unsigned n) {
    unsigned sum = 0, i = 0;
    unsigned whole = n & ~7u;
    CHECK(whole <= n);
    for (; i < whole; i += 8) {
        CHECK(i + 7 < n);
        sum += bytes[i] + bytes[i + 7];
    }
    CHECK(i <= n);
    CHECK(n - i < 8);
    for (; n - i >= 2; i += 2) {
        CHECK(i + 1 < n);
        sum += bytes[i] * bytes[i + 1];
    }
    CHECK(n - i <= 1);
    if (i < n) {
        CHECK(i + 1 == n);
        sum += bytes[i];
    }
    return sum;
}

TESTED long rows(const int *values, int n, int per) {
    if (n < 0 || per < 1 || per > 64) {
        return -1;
    }
    long sum = 0;
    int rest = n % per, limit = n - rest;
    CHECK(rest < per);
    CHECK(limit >= 0);
    CHECK(limit <= n);
    for (int i = 0; i < limit; i++) {
        CHECK(i < n);
        sum += values[i];
    }
    for (int i = limit; i < n; i++) {
        CHECK(i >= 0);
        sum -= values[i];
    }
    return sum;
}

TESTED size_t pages(size_t bytes, size_t *tail) {
    size_t count = bytes / 4096;
    CHECK(count * 4096 <= bytes);
    CHECK(bytes - count * 4096 < 4096);
    *tail = bytes - count * 4096;
    return count;
}

int main(void) {
    unsigned char bytes[15];
    int values[7] = {1, 2, 3, 4, 5, 6, 7};
    size_t tail = 0;
    for (int i = 0; i < 15; i++) bytes[i] = (unsigned char)(i * 3);
    printf("%u %ld ", blocks(bytes, 15), rows(values, 7, 3));
    printf("%zu %zu\n", pages(10000, &tail), tail);
}
