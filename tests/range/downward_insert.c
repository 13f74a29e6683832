// Inserts into a sorted list from its end.
#include "check.h"
#include <stdint.h>

static int used; static int list[32];
TESTED int insert(int value) {
    int n = used;
    if (n < 0 || n >= 32) return 0;
    int at = n;
    while (at > 0 && list[at - 1] > value) {
        CHECK(at < 32);
        CHECK(at - 1 >= 0);
        list[at] = list[at - 1];
        at--;
    }
    CHECK(at >= 0);
    CHECK(at <= n);
    CHECK(at < 32);
    list[at] = value;
    used = n + 1;
    CHECK(used <= 32);
    return 1;
}
int main(void) { insert(5); insert(2); insert(9); printf("%d %d %d\n", list[0], list[2], used); }
