// The same index by columns.
#include "check.h"

TESTED int transpose(const int *a, int *b, int width, int height) {
    int moved = 0;
    if (width > 1000 || height > 1000) return -1;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            CHECK(y * width + x < width * height);
            CHECK(x * height + y < width * height);
            CHECK(x * height + y >= 0);
            b[x * height + y] = a[y * width + x];
            moved++;
        }
    }
    return moved;
}

int main(void) {
    int a[6] = {1, 2, 3, 4, 5, 6}, b[6];
    printf("%d ", transpose(a, b, 3, 2));
    for (int i = 0; i < 6; i++) printf("%d ", b[i]);
    printf("%d\n", transpose(a, b, 2000, 2));
}
