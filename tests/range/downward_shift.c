// Room is made from the end.
#include "check.h"

TESTED int insert(int *a, int n, int at, int value) {
    if (at < 0 || at > n) return n;
    for (int i = n; i > at; i--) {
        CHECK(i > 0);
        CHECK(i - 1 >= at);
        CHECK(i <= n);
        CHECK(i - 1 < n);
        a[i] = a[i - 1];
    }
    a[at] = value;
    return n + 1;
}

int main(void) {
    int a[6] = {1, 2, 4, 5}, n = insert(a, 4, 2, 3);
    n = insert(a, n, n, 6);
    for (int i = 0; i < n; i++) printf("%d ", a[i]);
    printf("\n");
}
