// One point of a grid, given by its coordinates.
#include "check.h"

TESTED int get(const int *grid, int width, int height, int x, int y) {
    if (width > 1000 || height > 1000) return -1;
    if (x < 0 || x >= width || y < 0 || y >= height) return -2;
    CHECK(y * width + x >= 0);
    CHECK(y * width + x < width * height);
    return grid[y * width + x];
}

int main(void) {
    int grid[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    printf("%d %d %d\n", get(grid, 4, 3, 3, 2), get(grid, 4, 3, 4, 2), get(grid, 2000, 3, 0, 0));
}
