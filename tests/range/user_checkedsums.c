// Sums with tests for overflow that cannot be.
#include "check.h"
#include <stdint.h>

TESTED int total(const unsigned char *bytes, int n, int *out) {
    if (n < 0 || n > 1000000) {
        return 0;
    }
    int sum = 0;
    for (int i = 0; i < n; i++) {
        int next;
        CHECK(!__builtin_add_overflow(sum, bytes[i], &next));
        sum = next;
    }
    CHECK(sum >= 0);
    CHECK(sum <= 255000000);
    *out = sum;
    return 1;
}

TESTED uint32_t checksum(const unsigned char *bytes, size_t n) {
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t next;
        CHECK(!__builtin_add_overflow(a, bytes[i], &next));
        a = next % 65521;
        CHECK(a < 65521);
        CHECK(!__builtin_add_overflow(a, b, &next));
        b = next % 65521;
    }
    CHECK(b <= 0xffff);
    return b << 16 | a;
}

TESTED int64_t dot(const int16_t *a, const int16_t *b, int n) {
    if (n <= 0 || n > 1 << 24) {
        return 0;
    }
    int64_t sum = 0;
    for (int i = 0; i < n; i++) {
        int32_t product;
        CHECK(!__builtin_mul_overflow((int32_t)a[i], (int32_t)b[i], &product));
        CHECK(!__builtin_add_overflow(sum, (int64_t)product, &sum));
    }
    return sum;
}

TESTED size_t padded(size_t count, size_t width) {
    if (count > 4096 || width > 65536) {
        return 0;
    }
    size_t bytes;
    CHECK(!__builtin_mul_overflow(count, width, &bytes));
    CHECK(!__builtin_add_overflow(bytes, (size_t)15, &bytes));
    bytes &= ~(size_t)15;
    CHECK(bytes >= count * width);
    CHECK(bytes % 16 == 0);
    return bytes;
}

int main(void) {
    unsigned char bytes[4] = {1, 2, 255, 255};
    int16_t a[3] = {-32768, 5, 7}, b[3] = {-32768, 2, -1};
    int sum = 0;
    printf("%d %d ", total(bytes, 4, &sum), sum);
    printf("%x %ld %zu\n", checksum(bytes, 4), dot(a, b, 3), padded(13, 5));
}
