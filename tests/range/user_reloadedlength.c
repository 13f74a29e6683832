// A length in a struct that is read again in each turn, and elements that are removed.
#include "check.h"

struct list {
    int length, capacity;
    int items[32];
};

TESTED int remove_all(struct list *list, int wanted) {
    int removed = 0;
    if (list->length < 0 || list->length > 32) {
        return -1;
    }
    for (int i = 0; i < list->length; i++) {
        CHECK(i >= 0);
        CHECK(i < 32);
        if (list->items[i] != wanted) {
            continue;
        }
        for (int k = i; k + 1 < list->length; k++) {
            CHECK(k >= 0);
            CHECK(k + 1 < 32);
            list->items[k] = list->items[k + 1];
        }
        list->length--;
        removed++;
        i--;
    }
    return removed;
}

TESTED int append(struct list *list, const int *from, int n) {
    int done = 0;
    while (done < n) {
        int at = list->length;
        if (at < 0 || at >= 32) {
            break;
        }
        CHECK(at < 32);
        list->items[at] = from[done++];
        list->length = at + 1;
        CHECK(list->length <= 32);
        CHECK(list->length > 0);
        CHECK(done <= n);
    }
    return done;
}

TESTED long sum(const struct list *list) {
    long sum = 0;
    if (list->length > 32) {
        return 0;
    }
    for (int i = 0; i < list->length; i++) {
        CHECK(i < 32);
        sum += list->items[i];
    }
    return sum;
}

int main(void) {
    struct list list = {0};
    int from[6] = {1, 2, 2, 3, 2, 4};
    printf("%d ", append(&list, from, 6));
    printf("%d ", remove_all(&list, 2));
    printf("%d %ld\n", list.length, sum(&list));
}
