// The last place of a byte, as size_t that goes down.
#include "check.h"
#include <stdint.h>

TESTED size_t last(const char *s, size_t n, char c) {
    for (size_t i = n; i-- > 0;) {
        CHECK(i < n);
        CHECK(i + 1 <= n);
        if (s[i] == c) return i;
    }
    size_t j = n;
    while (j != 0) {
        j--;
        CHECK(j < n);
        if (s[j] == ' ') { CHECK(n - j >= 1); return n - j; }
    }
    CHECK(j <= n);
    return n;
}
int main(void) { printf("%zu %zu\n", last("abcabc", 6, 'b'), last("ab cd", 5, 'x')); }
