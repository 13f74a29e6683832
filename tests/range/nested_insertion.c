// Insertion sort.
#include "check.h"

TESTED void sort(int *a, int n) {
    for (int i = 1; i < n; i++) {
        int value = a[i], j = i;
        while (j > 0 && a[j - 1] > value) {
            CHECK(j < n);
            CHECK(j <= i);
            CHECK(j - 1 >= 0);
            a[j] = a[j - 1];
            j--;
        }
        CHECK(j >= 0);
        CHECK(j < n);
        a[j] = value;
    }
}

int main(void) {
    int a[8] = {5, 3, 8, 1, 9, 2, 7, 4};
    sort(a, 8);
    for (int i = 0; i < 8; i++) printf("%d ", a[i]);
    printf("\n");
}
