// Ones of a hundred words, counted up and down.
#include "check.h"

TESTED int ones(const unsigned *words) {
    int total = 0, balance = 0;
    for (int i = 0; i < 100; i++) {
        int count = __builtin_popcount(words[i]);
        total += count;
        balance += count - 16;
    }
    CHECK(total <= 3200);
    CHECK(balance <= 1600);
    CHECK(balance >= -1600);
    return total * 10000 + balance;
}

int main(void) {
    unsigned words[100];
    for (int i = 0; i < 100; i++) words[i] = i * 2654435761u;
    printf("%d\n", ones(words));
}
