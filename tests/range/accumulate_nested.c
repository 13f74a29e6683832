// Sums of sums.
#include "check.h"

TESTED int sum(const unsigned char *a, int rows) {
    int total = 0;
    if (rows > 100) rows = 100;
    for (int y = 0; y < rows; y++) {
        int row = 0;
        for (int x = 0; x < 16; x++) row += a[y * 16 + x];
        CHECK(row >= 0);
        CHECK(row <= 16 * 255);
        total += row;
    }
    CHECK(total >= 0);
    CHECK(total <= 100 * 16 * 255);
    return total;
}

int main(void) {
    unsigned char a[48];
    for (int i = 0; i < 48; i++) a[i] = i * 5;
    printf("%d %d %d\n", sum(a, 3), sum(a, 1), sum(a, 0));
}
