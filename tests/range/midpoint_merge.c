// The halves of a merge sort.
#include "check.h"

TESTED void sort(int *a, int *b, int from, int to) {
    if (from < 0 || to - from < 2) return;
    int middle = from + (to - from) / 2;
    CHECK(from <= middle);
    CHECK(middle < to);
    CHECK(middle - from < to - from);
    sort(a, b, from, middle);
    sort(a, b, middle, to);
    int left = from, right = middle;
    for (int i = from; i < to; i++) {
        CHECK(left >= from);
        if (left < middle && (right >= to || a[left] <= a[right])) {
            CHECK(left < to);
            b[i] = a[left++];
        } else {
            b[i] = a[right++];
        }
    }
    for (int i = from; i < to; i++) a[i] = b[i];
}

int main(void) {
    int a[9] = {5, 3, 9, 1, 8, 2, 7, 4, 6}, b[9];
    sort(a, b, 0, 9);
    for (int i = 0; i < 9; i++) printf("%d ", a[i]);
    printf("\n");
}
