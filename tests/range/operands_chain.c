// Less is transitive.
#include "check.h"

TESTED int chain(int a, int b, int c, int d) {
    if (a <= b && b < c && c < d) {
        CHECK(a < c);
        CHECK(a < d);
        CHECK(a != d);
        CHECK(b + 1 < d);
        return 1;
    }
    return 0;
}

int main(void) {
    printf("%d %d %d\n", chain(1, 1, 2, 3), chain(1, 0, 2, 3), chain(-5, 0, 0x7ffffffe, 0x7fffffff));
}
