// Sorted sets: what both have, and what either has.
#include "check.h"

TESTED size_t common(const int *a, size_t n, const int *b, size_t m, int *out) {
    size_t i = 0, j = 0, made = 0;
    size_t least = n < m ? n : m;
    while (i < n && j < m) {
        CHECK(i < n);
        CHECK(made <= i);
        CHECK(made <= j);
        if (a[i] < b[j]) {
            i++;
        } else if (b[j] < a[i]) {
            j++;
        } else {
            CHECK(made < n);
            CHECK(made < m);
            CHECK(made < least);
            out[made++] = a[i];
            i++;
            j++;
        }
    }
    CHECK(i <= n);
    CHECK(j <= m);
    CHECK(made <= least);
    return made;
}

TESTED int unique(int *values, int n) {
    if (n <= 0) {
        return 0;
    }
    int kept = 1;
    for (int i = 1; i < n; i++) {
        CHECK(kept >= 1);
        CHECK(kept <= i);
        CHECK(kept - 1 < n);
        if (values[i] != values[kept - 1]) {
            CHECK(kept < n);
            values[kept++] = values[i];
        }
    }
    CHECK(kept <= n);
    CHECK(kept >= 1);
    return kept;
}

TESTED int partition(const int *values, int n, int *low, int *high, int pivot) {
    int lows = 0, highs = 0;
    for (int i = 0; i < n; i++) {
        CHECK(lows + highs == i);
        CHECK(lows < n);
        CHECK(highs < n);
        if (values[i] < pivot) {
            low[lows++] = values[i];
        } else {
            high[highs++] = values[i];
        }
    }
    return lows;
}

int main(void) {
    int a[5] = {1, 3, 5, 7, 9}, b[4] = {3, 4, 7, 10}, out[4], low[5], high[5];
    int c[6] = {1, 1, 2, 2, 2, 3};
    printf("%zu %d ", common(a, 5, b, 4, out), out[1]);
    printf("%d %d\n", unique(c, 6), partition(a, 5, low, high, 6));
}
