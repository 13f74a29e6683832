// Two indices that run towards each other.
#include "check.h"

TESTED void reverse(int *a, int n) {
    int left = 0, right = n - 1;
    while (left < right) {
        CHECK(left >= 0);
        CHECK(left < n);
        CHECK(right >= 0);
        CHECK(right < n);
        int kept = a[left];
        a[left++] = a[right];
        a[right--] = kept;
    }
}

int main(void) {
    int a[7] = {1, 2, 3, 4, 5, 6, 7};
    reverse(a, 7);
    reverse(a, 3);
    reverse(a, 0);
    for (int i = 0; i < 7; i++) printf("%d ", a[i]);
    printf("\n");
}
