// Steps of three that end exactly.
#include "check.h"

TESTED int triples(const int *a) {
    int sum = 0;
    for (int i = 0; i < 99; i += 3) {
        CHECK(i + 2 < 99);
        sum += a[i] * a[i + 1] - a[i + 2];
    }
    return sum;
}

TESTED int quads(const int *a) {
    int sum = 0;
    for (int i = 0; i != 64; i += 4) {
        CHECK(i >= 0);
        CHECK(i + 3 < 64);
        CHECK(i % 4 == 0);
        sum += a[i] - a[i + 3];
    }
    return sum;
}

int main(void) {
    int a[99];
    for (int i = 0; i < 99; i++) a[i] = i * i % 17;
    printf("%d %d\n", triples(a), quads(a));
}
