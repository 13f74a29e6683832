// From the last element to the first.
#include "check.h"

TESTED int last(const int *a, int n, int key) {
    for (int i = n - 1; i >= 0; i--) {
        CHECK(i >= 0);
        CHECK(i < n);
        if (a[i] == key) return i;
    }
    return -1;
}

int main(void) {
    int a[5] = {1, 2, 1, 2, 3};
    printf("%d %d %d\n", last(a, 5, 2), last(a, 5, 7), last(a, 0, 1));
}
