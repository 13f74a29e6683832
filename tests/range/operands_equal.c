// What is equal to an index inside is inside.
#include "check.h"

TESTED int find(const int *a, int n, int wanted, int at) {
    if (at < 0 || at > n) return -2;
    for (int i = 0; i < n; i++) {
        if (a[i] == wanted && i == at) {
            CHECK(at < n);
            CHECK(at >= 0);
            return at;
        }
        if (i > at) {
            CHECK(at < n);
            CHECK(at != i);
            CHECK(at + 1 <= i);
            return -1;
        }
    }
    return -3;
}

int main(void) {
    int a[5] = {4, 5, 6, 7, 8};
    printf("%d %d %d %d\n", find(a, 5, 6, 2), find(a, 5, 6, 1), find(a, 5, 6, 5), find(a, 5, 6, 9));
}
