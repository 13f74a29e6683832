// One end or the other moves.
#include "check.h"

TESTED int pair(const int *a, size_t n, int sum) {
    if (n == 0) return 0;
    size_t left = 0, right = n - 1;
    while (left < right) {
        CHECK(left < n);
        CHECK(right < n);
        CHECK(right > 0);
        int found = a[left] + a[right];
        if (found == sum) return (int)(left * 100 + right);
        if (found < sum) left++;
        else right--;
        CHECK(left <= right);
    }
    return -1;
}

int main(void) {
    int a[6] = {1, 3, 4, 8, 9, 14};
    printf("%d %d %d\n", pair(a, 6, 12), pair(a, 6, 100), pair(a, 0, 1));
}
