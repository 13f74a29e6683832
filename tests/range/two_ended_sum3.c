// Three numbers with a given sum, in a sorted list.
#include "check.h"
#include <stdint.h>

TESTED size_t triples(const short *v, size_t n, int sum) {
    size_t found = 0;
    for (size_t i = 0; i + 2 < n; i++) {
        size_t a = i + 1, b = n - 1;
        CHECK(a < n);
        while (a < b) {
            CHECK(a > i);
            CHECK(b < n);
            CHECK(a < n);
            int s = v[i] + v[a] + v[b];
            CHECK(s <= 3 * 32767 && s >= -3 * 32768);
            if (s < sum) a++;
            else if (s > sum) b--;
            else { found++; a++; b--; }
        }
    }
    return found;
}
int main(void) { short v[6] = {-4, -1, 0, 1, 2, 5}; printf("%zu\n", triples(v, 6, 1)); }
