// The end of the distinct ones follows the reader.
#include "check.h"

TESTED size_t unique(int *a, size_t n) {
    if (n == 0) return 0;
    size_t end = 1;
    for (size_t i = 1; i < n; i++) {
        CHECK(end <= i);
        CHECK(end - 1 < n);
        if (a[i] != a[end - 1]) {
            CHECK(end < n);
            a[end++] = a[i];
        }
    }
    CHECK(end <= n);
    return end;
}

int main(void) {
    int a[9] = {1, 1, 2, 3, 3, 3, 4, 4, 5};
    size_t n = unique(a, 9);
    printf("%zu %d %zu\n", n, a[4], unique(a, 0));
}
