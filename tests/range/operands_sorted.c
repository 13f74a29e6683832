// Three numbers in order.
#include "check.h"

TESTED int middle(int a, int b, int c) {
    int kept;
    if (a > b) kept = a, a = b, b = kept;
    CHECK(a <= b);
    if (b > c) kept = b, b = c, c = kept;
    CHECK(b <= c);
    CHECK(a <= c);
    if (a > b) kept = a, a = b, b = kept;
    CHECK(a <= b);
    CHECK(b <= c);
    return b;
}

int main(void) {
    printf("%d %d %d %d\n", middle(1, 2, 3), middle(3, 2, 1), middle(2, 3, 1), middle(5, 5, 4));
}
