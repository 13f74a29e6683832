// Rows of a matrix of fixed width.
#include "check.h"

TESTED int trace(const int *a, int rows) {
    int sum = 0;
    if (rows > 64) return -1;
    for (int y = 0; y < rows; y++) {
        for (int x = 0; x < 64; x++) {
            CHECK(y * 64 + x < rows * 64);
            CHECK(y * 64 + x < 4096);
            CHECK(y * 64 + x >= 0);
            if (x == y) sum += a[y * 64 + x];
        }
    }
    return sum;
}

int main(void) {
    static int a[64 * 4];
    for (int i = 0; i < 256; i++) a[i] = i;
    printf("%d %d %d\n", trace(a, 4), trace(a, 0), trace(a, 65));
}
