// A ring whose size is a power of two, and one whose size is not.
#include "check.h"

struct ring {
    unsigned head, count;
    int items[48];
};

TESTED int push(struct ring *r, int item) {
    if (r->count >= 48 || r->head >= 48) {
        return 0;
    }
    unsigned at = r->head + r->count;
    CHECK(at < 96);
    if (at >= 48) {
        at -= 48;
    }
    CHECK(at < 48);
    r->items[at] = item;
    r->count++;
    CHECK(r->count <= 48);
    return 1;
}

TESTED int pop(struct ring *r) {
    unsigned head = r->head, count = r->count;
    if (count == 0 || head >= 48) {
        return -1;
    }
    int item = r->items[head];
    unsigned next = (head + 1) % 48;
    CHECK(next < 48);
    CHECK(count - 1 < count);
    r->head = next;
    r->count = count - 1;
    return item;
}

int main(void) {
    struct ring r = {40, 0, {0}};
    for (int i = 0; i < 50; i++) push(&r, i);
    int sum = 0;
    for (int i = 0; i < 20; i++) sum = sum * 3 + pop(&r);
    printf("%d %u %u\n", sum, r.head, r.count);
}
