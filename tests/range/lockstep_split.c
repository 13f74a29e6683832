// Two outputs of one input.
#include "check.h"

TESTED int split(const int *from, int *low, int *high, int n, int pivot) {
    int lows = 0, highs = 0;
    for (int i = 0; i < n; i++) {
        CHECK(lows <= i);
        CHECK(highs <= i);
        if (from[i] < pivot) {
            CHECK(lows < n);
            low[lows++] = from[i];
        } else {
            CHECK(highs < n);
            high[highs++] = from[i];
        }
    }
    return lows * 100 + highs;
}

int main(void) {
    int from[6] = {5, 1, 4, 2, 6, 3}, low[6], high[6];
    printf("%d ", split(from, low, high, 6, 4));
    printf("%d %d\n", low[2], high[2]);
}
