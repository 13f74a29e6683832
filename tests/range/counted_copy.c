// A count that is cut to the length keeps the index inside.
#include "check.h"

TESTED int copy(int *to, const int *from, int n, int length) {
    int sum = 0;
    if (n > length) n = length;
    for (int i = 0; i < n; i++) {
        CHECK(i >= 0);
        CHECK(i < length);
        to[i] = from[i];
        sum += i;
    }
    return sum;
}

int main(void) {
    int from[10] = {3, 1, 4, 1, 5}, to[10] = {0};
    printf("%d %d %d\n", copy(to, from, 4, 10), copy(to, from, 20, 10), to[2]);
}
