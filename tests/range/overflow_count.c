// Counters below a length.
#include "check.h"

TESTED int count(const int *a, int n, int key) {
    int found = 0;
    for (int i = 0; i < n; i++) {
        CHECK(found <= i);
        if (a[i] == key) CHECK(!__builtin_add_overflow(found, 1, &found));
    }
    return found;
}

TESTED size_t room(size_t used, size_t capacity, size_t wanted) {
    size_t left, end;
    if (used > capacity) return 0;
    CHECK(!__builtin_sub_overflow(capacity, used, &left));
    if (wanted > left) return 0;
    CHECK(!__builtin_add_overflow(used, wanted, &end));
    CHECK(end <= capacity);
    return end;
}

int main(void) {
    int a[6] = {1, 2, 1, 3, 1, 1};
    printf("%d %d %zu %zu %zu\n", count(a, 6, 1), count(a, 0, 1), room(3, 10, 5), room(3, 10, 8), room(11, 10, 0));
}
