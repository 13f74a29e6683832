// Copies a tile into a picture, both as one array.
#include "check.h"
#include <stdint.h>

struct picture { unsigned w, h; uint8_t *dots; };
TESTED int blit(struct picture *p, const uint8_t *tile, unsigned x0, unsigned y0) {
    unsigned w = p->w, h = p->h;
    if (w == 0 || h == 0 || w > 4096 || h > 4096) return 0;
    if (x0 >= w || y0 >= h) return 0;
    unsigned total = w * h;
    for (unsigned y = y0; y < h && y - y0 < 8; y++) {
        unsigned row = y * w;
        CHECK(row < total);
        for (unsigned x = x0; x < w && x - x0 < 8; x++) {
            CHECK(row + x < total);
            unsigned from = (y - y0) * 8 + (x - x0);
            CHECK(from < 64);
            p->dots[row + x] = tile[from];
        }
    }
    return 1;
}
int main(void) { static uint8_t d[60], t[64] = {1, 2, 3}; struct picture p = {10, 6, d}; printf("%d %d\n", blit(&p, t, 3, 2), d[24]); }
