// A line clipped to a window.
#include "check.h"
#include <stdint.h>

struct window { int left, right; };
TESTED int clip(const struct window *w, int from, int to, uint8_t *row, int width) {
    int left = w->left, right = w->right;
    if (left < 0) left = 0;
    if (right > width) right = width;
    if (from < left) from = left;
    if (to > right) to = right;
    int drawn = 0;
    for (int x = from; x < to; x++) {
        CHECK(x >= 0);
        CHECK(x < width);
        CHECK(x >= left && x < right);
        row[x] = 1;
        drawn++;
    }
    CHECK(drawn >= 0);
    CHECK(drawn <= width || width < 0);
    return drawn;
}
int main(void) { struct window w = {-3, 7}; static uint8_t r[10]; printf("%d\n", clip(&w, -9, 30, r, 10)); }
