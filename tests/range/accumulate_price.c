// The price of an order of few positions of few pieces.
#include "check.h"
#include <stdint.h>

struct position { uint8_t pieces; uint16_t price; };
TESTED int order(const struct position *p, int n) {
    if (n < 0 || n > 100) return -1;
    int total = 0, pieces = 0;
    for (const struct position *at = p, *end = p + n; at < end; at++) {
        int cost = at->pieces * at->price;
        CHECK(cost >= 0);
        CHECK(cost <= 255 * 65535);
        int sum;
        CHECK(!__builtin_add_overflow(total, cost, &sum));
        total = sum;
        pieces += at->pieces;
        CHECK(pieces <= 25500);
    }
    CHECK(total >= 0);
    return total;
}
int main(void) { struct position p[2] = {{3, 100}, {2, 50}}; printf("%d\n", order(p, 2)); }
