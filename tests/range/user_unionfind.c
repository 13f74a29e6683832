// Sets as trees of parents, checked once.
#include "check.h"

TESTED unsigned find(unsigned *parents, unsigned n, unsigned of) {
    if (of >= n) {
        return n;
    }
    unsigned at = of;
    for (;;) {
        CHECK(at < n);
        unsigned parent = parents[at];
        if (parent >= n) {
            return n;
        }
        if (parent == at) {
            break;
        }
        unsigned grand = parents[parent];
        if (grand >= n) {
            return n;
        }
        CHECK(parent < n);
        parents[at] = grand;
        at = grand;
    }
    CHECK(at < n);
    return at;
}

TESTED int join(int *parents, unsigned char *ranks, int n, int a, int b) {
    if (a < 0 || b < 0 || a >= n || b >= n || a == b) {
        return 0;
    }
    int low = a < b ? a : b, high = a < b ? b : a;
    CHECK(low >= 0);
    CHECK(high < n);
    CHECK(low < high);
    CHECK(low < n);
    CHECK(high > 0);
    if (ranks[low] < ranks[high]) {
        parents[low] = high;
    } else {
        if (ranks[low] == ranks[high] && ranks[low] < 255) {
            CHECK(ranks[low] + 1 <= 255);
            ranks[low]++;
        }
        parents[high] = low;
    }
    return 1;
}

int main(void) {
    unsigned parents[5] = {0, 0, 1, 2, 9};
    int others[4] = {0, 1, 2, 3};
    unsigned char ranks[4] = {0};
    printf("%u %u ", find(parents, 5, 3), find(parents, 5, 4));
    printf("%d %d %d\n", join(others, ranks, 4, 3, 1), others[3], join(others, ranks, 4, 1, 4));
}
