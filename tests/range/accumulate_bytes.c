// A thousand bytes make less than a quarter of a million.
#include "check.h"

TESTED int sum(const unsigned char *bytes, int n) {
    int total = 0;
    if (n > 1000) n = 1000;
    for (int i = 0; i < n; i++) {
        CHECK(!__builtin_add_overflow(total, bytes[i], &total));
        CHECK(total >= 0);
    }
    CHECK(total <= 255 * 1000);
    return total;
}

int main(void) {
    unsigned char bytes[1000];
    for (int i = 0; i < 1000; i++) bytes[i] = i % 251;
    printf("%d %d\n", sum(bytes, 1000), sum(bytes, 10));
}
