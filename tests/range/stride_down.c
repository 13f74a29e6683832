// From the last of five to the first.
#include "check.h"

TESTED int fives(const int *a) {
    int sum = 0;
    for (int i = 95; i >= 0; i -= 5) {
        CHECK(i <= 95);
        CHECK(i + 4 < 100);
        sum += a[i] - a[i + 4];
    }
    return sum;
}

TESTED int sevens(const int *a) {
    int sum = 0;
    for (int i = 6; i < 70; i += 7) {
        CHECK(i - 6 >= 0);
        CHECK(i < 70);
        sum += a[i] * a[i - 6];
    }
    return sum;
}

int main(void) {
    int a[100];
    for (int i = 0; i < 100; i++) a[i] = i * i % 23;
    printf("%d %d\n", fives(a), sevens(a));
}
