// Halves of a list, with a step of two.
#include "check.h"
#include <stdint.h>

TESTED int halves(const int16_t *v, int n, int16_t *even, int16_t *odd) {
    int pairs = n / 2;
    if (n < 0) return 0;
    for (int i = 0; i + 1 < n; i += 2) {
        CHECK(i >= 0);
        CHECK(i / 2 < pairs);
        CHECK((i & 1) == 0);
        even[i / 2] = v[i];
        CHECK(i + 1 < n);
        odd[i >> 1] = v[i + 1];
        CHECK((i >> 1) < pairs);
    }
    return pairs;
}
int main(void) { int16_t v[5] = {1, 2, 3, 4, 5}, e[2], o[2]; halves(v, 5, e, o); printf("%d %d\n", e[1], o[1]); }
