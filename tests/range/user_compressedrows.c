// A sparse matrix by rows: what begins where was checked.
#include "check.h"

TESTED int multiply(const int *starts, const int *columns, const double *values, int rows, int width, int entries,
                    const double *x, double *y) {
    if (rows < 0 || width < 0 || entries < 0) {
        return -1;
    }
    for (int row = 0; row < rows; row++) {
        int begin = starts[row], end = starts[row + 1];
        if (begin < 0 || begin > end || end > entries) {
            return -2;
        }
        double sum = 0;
        for (int k = begin; k < end; k++) {
            CHECK(k >= 0);
            CHECK(k < entries);
            CHECK(k - begin < entries);
            int column = columns[k];
            if ((unsigned)column >= (unsigned)width) {
                return -3;
            }
            CHECK(column >= 0);
            CHECK(column < width);
            sum += values[k] * x[column];
        }
        CHECK(row < rows);
        CHECK(row + 1 <= rows);
        CHECK(end - begin <= entries);
        y[row] = sum;
    }
    return 0;
}

int main(void) {
    int starts[4] = {0, 2, 2, 3}, columns[3] = {0, 2, 1};
    double values[3] = {1, 2, 3}, x[3] = {1, 10, 100}, y[3];
    int code = multiply(starts, columns, values, 3, 3, 3, x, y);
    printf("%d %g %g %g\n", code, y[0], y[1], y[2]);
}
