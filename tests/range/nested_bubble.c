// Bubble sort looks at elements only.
#include "check.h"

TESTED void sort(int *a, int n) {
    for (int end = n - 1; end > 0; end--) {
        for (int i = 0; i < end; i++) {
            CHECK(i >= 0);
            CHECK(i < n);
            CHECK(i + 1 < n);
            if (a[i] > a[i + 1]) {
                int kept = a[i];
                a[i] = a[i + 1];
                a[i + 1] = kept;
            }
        }
    }
}

int main(void) {
    int a[8] = {5, 3, 8, 1, 9, 2, 7, 4};
    sort(a, 8);
    sort(a, 0);
    for (int i = 0; i < 8; i++) printf("%d ", a[i]);
    printf("\n");
}
