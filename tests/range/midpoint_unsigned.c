// Lower bound with unsigned indices.
#include "check.h"

TESTED size_t search(const int *a, size_t n, int key) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        CHECK(middle < n);
        CHECK(middle < high);
        if (a[middle] < key) low = middle + 1;
        else high = middle;
        CHECK(low <= high);
        CHECK(high <= n);
    }
    CHECK(low <= n);
    return low;
}

int main(void) {
    int a[7] = {2, 3, 5, 7, 11, 13, 17};
    for (int key = 0; key < 20; key += 3) printf("%zu ", search(a, 7, key));
    printf("%zu\n", search(a, 0, 5));
}
