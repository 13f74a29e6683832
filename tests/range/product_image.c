// A row and a column inside give an index inside.
#include "check.h"

TESTED unsigned sum(const unsigned char *pixels, unsigned width, unsigned height) {
    unsigned total = 0;
    if (width > 4096 || height > 4096) return 0;
    for (unsigned y = 0; y < height; y++) {
        for (unsigned x = 0; x < width; x++) {
            unsigned index = y * width + x;
            CHECK(index < width * height);
            CHECK(index < 4096u * 4096u);
            total = total * 7 + pixels[index];
        }
    }
    return total;
}

int main(void) {
    unsigned char pixels[35];
    for (int i = 0; i < 35; i++) pixels[i] = i * 11;
    printf("%u %u %u\n", sum(pixels, 5, 7), sum(pixels, 7, 5), sum(pixels, 5000, 1));
}
