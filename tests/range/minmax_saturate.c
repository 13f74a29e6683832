// Colours that are made brighter and stay bytes.
#include "check.h"

TESTED void brighten(unsigned char *pixels, size_t n, int by) {
    if (by < -255 || by > 255) return;
    for (size_t i = 0; i < n; i++) {
        int bright = pixels[i] + by;
        CHECK(bright >= -255);
        if (bright < 0) bright = 0;
        if (bright > 255) bright = 255;
        CHECK(bright >= 0);
        CHECK(bright <= 255);
        pixels[i] = (unsigned char)bright;
    }
}

TESTED int level(int value, int low, int high, const int *table) {
    if (low < 0 || high < low) return -1;
    int clamped = value < low ? low : value > high ? high : value;
    CHECK(clamped >= 0);
    CHECK(clamped - low <= high - low);
    return table[clamped - low];
}

int main(void) {
    unsigned char pixels[4] = {0, 100, 200, 255};
    int table[3] = {7, 8, 9};
    brighten(pixels, 4, 60);
    printf("%d %d %d %d ", pixels[0], pixels[1], pixels[2], pixels[3]);
    printf("%d %d %d\n", level(1, 2, 4, table), level(3, 2, 4, table), level(9, 2, 4, table));
}
