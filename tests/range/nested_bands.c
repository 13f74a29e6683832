// A band matrix times a vector.
#include "check.h"
#include <stdint.h>

TESTED long band(const int *a, const int *x, int n, int half) {
    if (n <= 0 || half < 0 || half > 8) return 0;
    long sum = 0;
    for (int row = 0; row < n; row++) {
        int from = row - half, to = row + half;
        if (from < 0) from = 0;
        if (to >= n) to = n - 1;
        CHECK(from <= row);
        CHECK(to >= row);
        CHECK(to < n);
        for (int col = from; col <= to; col++) {
            CHECK(col >= 0 && col < n);
            CHECK(col - row <= half);
            CHECK(row - col <= half);
            int at = col - row + half;
            CHECK(at >= 0);
            CHECK(at <= 16);
            sum += (long)a[at] * x[col];
        }
    }
    return sum;
}
int main(void) { int a[5] = {1, 2, 3, 2, 1}, x[4] = {1, 1, 1, 1}; printf("%ld\n", band(a, x, 4, 2)); }
