// Records of a tag, a length and bytes.
#include "check.h"
#include <stdint.h>

struct reader { const uint8_t *at; size_t left; };
static int next(struct reader *r, uint8_t *tag, size_t *length) {
    if (r->left < 2) return 0;
    *tag = r->at[0]; *length = r->at[1];
    if (*length > r->left - 2) return 0;
    r->at += 2; r->left -= 2;
    return 1;
}
TESTED int records(const uint8_t *bytes, size_t n) {
    struct reader r = {bytes, n}; uint8_t tag; size_t length; int sum = 0;
    while (next(&r, &tag, &length)) {
        CHECK(length <= r.left);
        CHECK(length <= 255);
        CHECK(r.left <= n);
        for (size_t i = 0; i < length; i++) {
            CHECK(i < r.left);
            sum += r.at[i];
        }
        r.at += length; r.left -= length;
        CHECK(r.left <= n);
    }
    return sum;
}
int main(void) { uint8_t b[7] = {1, 2, 5, 6, 9, 1, 4}; printf("%d\n", records(b, 7)); }
