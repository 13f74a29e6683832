// Moves even numbers ahead of odd ones.
#include "check.h"
#include <stdint.h>

TESTED int parity(int *v, int n) {
    int l = 0, r = n - 1;
    while (l < r) {
        if ((v[l] & 1) == 0) {
            CHECK(l >= 0 && l < n);
            l++;
        } else if (v[r] & 1) {
            CHECK(r > 0);
            CHECK(r < n);
            r--;
        } else {
            CHECK(l < n);
            CHECK(r >= 0);
            int t = v[l]; v[l] = v[r]; v[r] = t;
            l++; r--;
        }
        CHECK(l <= n);
    }
    return l;
}
int main(void) { int v[5] = {1, 2, 3, 4, 6}; int l = parity(v, 5); printf("%d %d\n", l, v[0]); }
