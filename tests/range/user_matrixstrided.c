// A window of a matrix whose rows are further apart than they are long.
#include "check.h"

TESTED long sum(const int *data, int rows, int columns, int pitch, long size) {
    if (rows <= 0 || columns <= 0 || columns > pitch || (long)rows * pitch > size) {
        return -1;
    }
    long total = 0;
    for (int y = 0; y < rows; y++) {
        for (int x = 0; x < columns; x++) {
            long at = (long)y * pitch + x;
            CHECK(x < pitch);
            CHECK(at >= 0);
            CHECK(at < (long)rows * pitch);
            CHECK(at < size);
            total += data[at];
        }
    }
    return total;
}

int main(void) {
    int data[20];
    for (int i = 0; i < 20; i++) data[i] = i * i;
    printf("%ld %ld\n", sum(data, 4, 3, 5, 20), sum(data, 5, 3, 5, 20));
}
