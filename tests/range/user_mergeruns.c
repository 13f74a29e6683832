// Two sorted runs become one: what is written is what was read.
#include "check.h"

TESTED int merge(const int *a, int n, const int *b, int m, int *out, int capacity) {
    if (n < 0 || m < 0 || n > 1000000 || m > 1000000 || n + m > capacity) {
        return -1;
    }
    int i = 0, j = 0, made = 0;
    while (i < n && j < m) {
        CHECK(i >= 0);
        CHECK(j >= 0);
        CHECK(made >= 0);
        CHECK(made == i + j);
        CHECK(made < capacity);
        out[made++] = a[i] <= b[j] ? a[i++] : b[j++];
    }
    while (i < n) {
        CHECK(i >= 0);
        out[made++] = a[i++];
    }
    while (j < m) {
        CHECK(j >= 0);
        out[made++] = b[j++];
    }
    return made;
}

int main(void) {
    int a[4] = {1, 4, 6, 9}, b[3] = {2, 4, 10}, out[7];
    int n = merge(a, 4, b, 3, out, 7);
    for (int i = 0; i < n; i++) printf("%d ", out[i]);
    printf("%d\n", merge(a, 4, b, 3, out, 6));
}
