// What is clamped is inside, and so is what is chosen from inside.
#include "check.h"

TESTED int clamp(int x, int low, int high) {
    if (low > high) return 0;
    int y = x < low ? low : x > high ? high : x;
    CHECK(y >= low);
    CHECK(y <= high);
    return y;
}

TESTED int least(const int *a, int n, int m) {
    int count = n < m ? n : m, sum = 0;
    for (int i = 0; i < count; i++) {
        CHECK(i < n);
        CHECK(i < m);
        sum += a[i];
    }
    return sum;
}

int main(void) {
    int a[6] = {1, 20, 300, 4000, 50000, 600000};
    printf("%d %d %d %d\n", clamp(5, 1, 3), clamp(-5, 1, 3), clamp(2, 1, 3), clamp(1, 3, 2));
    printf("%d %d\n", least(a, 6, 4), least(a, 2, 3));
}
