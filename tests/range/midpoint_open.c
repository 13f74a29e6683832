// Binary search on a half-open range.
#include "check.h"

TESTED int search(const int *a, int n, int key) {
    int low = 0, high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        CHECK(middle >= 0);
        CHECK(middle >= low);
        CHECK(middle < high);
        CHECK(middle < n);
        if (a[middle] < key) low = middle + 1;
        else high = middle;
    }
    CHECK(low >= 0);
    return low;
}

int main(void) {
    int a[7] = {2, 3, 5, 7, 11, 13, 17};
    for (int key = 0; key < 20; key += 3) printf("%d ", search(a, 7, key));
    printf("%d\n", search(a, 0, 5));
}
