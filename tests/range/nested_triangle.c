// Below the diagonal, and above it.
#include "check.h"

TESTED int below(const int *a, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++) {
            CHECK(j < n);
            CHECK(j + 1 < n);
            sum += a[i] * a[j];
        }
    }
    return sum;
}

TESTED int above(const int *a, int n) {
    int sum = 0;
    for (int i = 0; i < n - 1; i++) {
        for (int j = i + 1; j < n; j++) {
            CHECK(j > 0);
            CHECK(j - i > 0);
            CHECK(i < n);
            sum += a[i] - a[j];
        }
    }
    return sum;
}

int main(void) {
    int a[6] = {3, 1, 4, 1, 5, 9};
    printf("%d %d %d\n", below(a, 6), above(a, 6), above(a, 0));
}
