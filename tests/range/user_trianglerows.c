// The lower half of a symmetric matrix, row by row.
#include "check.h"

TESTED long spread(const int *packed, int *full, int n) {
    if (n <= 0 || n > 1000) {
        return -1;
    }
    long sum = 0;
    for (int row = 0; row < n; row++) {
        for (int column = 0; column <= row; column++) {
            CHECK(column < n);
            CHECK(row * n + column < n * n);
            CHECK(column * n + row < n * n);
            CHECK(row * n + column >= 0);
            full[row * n + column] = full[column * n + row] = row + column;
        }
        for (int column = row + 1; column < n; column++) {
            CHECK(column > 0);
            CHECK(column - row - 1 >= 0);
            CHECK(column - row - 1 < n);
            sum += packed[column - row - 1];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int j = n - 1; j > i; j--) {
            CHECK(j >= 1);
            CHECK(i * n + j < n * n);
            CHECK(j - i < n);
            sum += full[i * n + j];
        }
    }
    return sum;
}

int main(void) {
    int packed[5] = {1, 2, 3, 4, 5}, full[25];
    printf("%ld\n", spread(packed, full, 5));
}
