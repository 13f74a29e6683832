// What is kept is not more than what was seen.
#include "check.h"

TESTED int filter(const int *from, int *to, int n) {
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (from[i] > 0) {
            CHECK(kept >= 0);
            CHECK(kept <= i);
            CHECK(kept < n);
            to[kept++] = from[i];
        }
    }
    CHECK(n < 0 || kept <= n);
    return kept;
}

int main(void) {
    int from[8] = {3, -1, 4, -1, 5, -9, 2, 6}, to[8];
    printf("%d %d\n", filter(from, to, 8), to[4]);
    printf("%d\n", filter(from, to, 0));
}
