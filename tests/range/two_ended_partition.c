// The loop of quicksort.
#include "check.h"

TESTED int partition(int *a, int n, int pivot) {
    int left = 0, right = n - 1;
    while (left <= right) {
        CHECK(left >= 0 && left < n);
        CHECK(right >= 0 && right < n);
        if (a[left] < pivot) {
            left++;
        } else {
            int kept = a[left];
            a[left] = a[right];
            a[right--] = kept;
        }
    }
    CHECK(left > right);
    return left;
}

int main(void) {
    int a[7] = {4, 9, 1, 7, 3, 8, 2};
    int at = partition(a, 7, 5);
    printf("%d %d %d\n", at, partition(a, 7, 100), partition(a, 0, 1));
}
