// Grey from three bytes each.
#include "check.h"
#include <stdint.h>

TESTED int grey(const uint8_t *rgb, size_t bytes, uint8_t *out, size_t room) {
    if (bytes % 3 != 0 || room < bytes / 3) return 0;
    size_t to = 0;
    for (size_t i = 0; i < bytes; i += 3) {
        CHECK(i + 1 < bytes);
        CHECK(i + 2 < bytes);
        CHECK(to < room);
        unsigned g = (rgb[i] * 77u + rgb[i + 1] * 150u + rgb[i + 2] * 29u) >> 8;
        CHECK(g <= 255);
        out[to++] = (uint8_t)g;
    }
    CHECK(to <= room);
    return 1;
}
int main(void) { uint8_t v[6] = {255, 255, 255, 1, 2, 3}, o[2]; grey(v, 6, o, 2); printf("%d %d\n", o[0], o[1]); }
