// Sums a box of numbers that are stored plane after plane.
#include "check.h"
#include <stdint.h>

TESTED long box(const int *v, int nx, int ny, int nz) {
    if (nx <= 0 || ny <= 0 || nz <= 0 || nx > 100 || ny > 100 || nz > 100) return -1;
    int plane = nx * ny, all = plane * nz;
    long sum = 0;
    for (int z = 0; z < nz; z++)
        for (int y = 0; y < ny; y++) {
            int row = z * plane + y * nx;
            CHECK(row >= 0);
            CHECK(row < all);
            for (int x = 0; x < nx; x++) {
                CHECK(row + x < all);
                CHECK(row + x >= 0);
                sum += v[row + x];
            }
        }
    return sum;
}
int main(void) { int v[24]; for (int i = 0; i < 24; i++) v[i] = i; printf("%ld\n", box(v, 2, 3, 4)); }
