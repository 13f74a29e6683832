// Sums over a window around each element, cut off at the ends of the array.
#include "check.h"

static int lesser(int a, int b) { return a < b ? a : b; }
static int greater(int a, int b) { return a > b ? a : b; }

TESTED void smooth(const int *a, int *sums, int n, int radius) {
    if (radius < 0 || radius > 100 || n > 1000000) return;
    for (int i = 0; i < n; i++) {
        int first = greater(i - radius, 0), last = lesser(i + radius, n - 1), sum = 0;
        CHECK(first <= i);
        CHECK(last >= i);
        for (int j = first; j <= last; j++) {
            CHECK(j >= 0);
            CHECK(j < n);
            sum += a[j];
        }
        CHECK(last - first <= 200);
        sums[i] = sum;
    }
}

int main(void) {
    int a[7] = {1, 2, 3, 4, 5, 6, 7}, sums[7];
    smooth(a, sums, 7, 2);
    for (int i = 0; i < 7; i++) printf("%d ", sums[i]);
    printf("\n");
}
