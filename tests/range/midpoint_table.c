// Finds the interval that a value lies in.
#include "check.h"
#include <stdint.h>

struct table { int64_t n; const int64_t *bounds; };
TESTED int64_t find(const struct table *t, int64_t value) {
    int64_t n = t->n;
    if (n < 1 || value < t->bounds[0]) return -1;
    int64_t low = 0, high = n;
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        CHECK(middle > low);
        CHECK(middle < high);
        CHECK(middle >= 0 && middle < n);
        if (t->bounds[middle] <= value) low = middle; else high = middle;
    }
    CHECK(low >= 0);
    CHECK(low < n);
    CHECK(high <= n);
    return low;
}
int main(void) { int64_t b[5] = {0, 3, 9, 27, 81}; struct table t = {5, b}; printf("%d\n", (int)find(&t, 30)); }
