// The elements beside the inner ones are elements.
#include "check.h"

TESTED int smooth(const int *a, int *b, int n) {
    int changed = 0;
    for (int i = 1; i < n - 1; i++) {
        CHECK(i - 1 >= 0);
        CHECK(i < n);
        CHECK(i + 1 < n);
        b[i] = a[i - 1] + 2 * a[i] + a[i + 1];
        changed++;
    }
    return changed;
}

int main(void) {
    int a[8] = {1, 2, 3, 5, 8, 13, 21, 34}, b[8] = {0};
    printf("%d\n", smooth(a, b, 8));
    for (int i = 0; i < 8; i++) printf("%d ", b[i]);
    printf("%d\n", smooth(a, b, 1));
}
