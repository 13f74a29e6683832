// A priority queue in an array: what goes up has a parent, what goes down has children.
#include "check.h"

struct queue {
    unsigned *keys;
    size_t length, capacity;
};

TESTED int push(struct queue *queue, unsigned key) {
    size_t at = queue->length;
    if (at >= queue->capacity) {
        return 0;
    }
    queue->length = at + 1;
    unsigned *keys = queue->keys;
    size_t length = at + 1;
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        CHECK(parent < at);
        CHECK(parent < length);
        CHECK(at < length);
        if (keys[parent] <= key) {
            break;
        }
        keys[at] = keys[parent];
        at = parent;
    }
    CHECK(at < length);
    keys[at] = key;
    return 1;
}

TESTED unsigned pop(unsigned *keys, unsigned length) {
    if (length == 0 || length > 0x10000000) {
        return 0;
    }
    unsigned top = keys[0], last = keys[length - 1], at = 0;
    length--;
    for (;;) {
        unsigned child = 2 * at + 1;
        if (child >= length) {
            break;
        }
        CHECK(child < length);
        if (child + 1 < length) {
            CHECK(child + 1 > child);
            if (keys[child + 1] < keys[child]) {
                child++;
            }
        }
        CHECK(child < length);
        CHECK(child > at);
        if (last <= keys[child]) {
            break;
        }
        keys[at] = keys[child];
        at = child;
        CHECK(at < length);
    }
    keys[at] = last;
    return top;
}

int main(void) {
    unsigned keys[8], values[7] = {5, 3, 9, 1, 7, 2, 8};
    struct queue queue = {keys, 0, 8};
    for (int i = 0; i < 7; i++) push(&queue, values[i]);
    for (unsigned left = 7; left > 0; left--) printf("%u ", pop(keys, left));
    printf("\n");
}
