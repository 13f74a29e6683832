// A sparse matrix by compressed rows, whose indices are checked once.
#include "check.h"

TESTED double multiply(const int *starts, const int *columns, const double *values, const double *x, int rows,
                       int width, int stored) {
    double sum = 0;
    for (int row = 0; row < rows; row++) {
        int first = starts[row], last = starts[row + 1];
        if (first < 0 || last > stored) {
            return -1;
        }
        for (int k = first; k < last; k++) {
            CHECK(k >= 0);
            CHECK(k < stored);
            unsigned column = (unsigned)columns[k];
            if (column >= (unsigned)width || width < 0) {
                return -2;
            }
            CHECK((int)column >= 0);
            CHECK((int)column < width);
            sum += values[k] * x[column];
        }
    }
    return sum;
}

int main(void) {
    int starts[4] = {0, 2, 2, 3}, columns[3] = {0, 2, 1};
    double values[3] = {1.5, 2, 4}, x[3] = {1, 2, 3};
    printf("%g %g\n", multiply(starts, columns, values, x, 3, 3, 3), multiply(starts, columns, values, x, 3, 2, 3));
}
