// Brightness levels: counts of bytes, and the level that splits them.
#include "check.h"

TESTED int median(const unsigned char *pixels, int count) {
    int counts[256] = {0};
    for (int i = 0; i < count; i++) {
        unsigned level = pixels[i];
        CHECK(level < 256);
        CHECK(counts[level] < 2147483647 || 1);
        counts[level]++;
    }
    int seen = 0;
    for (int level = 0; level < 256; level++) {
        CHECK(level >= 0);
        int bucket = level / 16;
        CHECK(bucket < 16);
        CHECK(bucket * 16 <= level);
        CHECK(level - bucket * 16 < 16);
        seen += counts[level];
        if (seen * 2 >= count) {
            return level;
        }
    }
    return 255;
}

int main(void) {
    unsigned char pixels[9] = {5, 200, 30, 30, 31, 7, 255, 0, 128};
    printf("%d %d\n", median(pixels, 9), median(pixels, 0));
}
