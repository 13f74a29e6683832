// A heap in an array: the parent of a node lies before it.
#include "check.h"

TESTED void lift(int *heap, unsigned n, unsigned at) {
    if (at >= n) return;
    while (at > 0) {
        unsigned parent = (at - 1) >> 1;
        CHECK(parent < at);
        CHECK(parent < n);
        if (heap[parent] >= heap[at]) break;
        int value = heap[parent];
        heap[parent] = heap[at];
        heap[at] = value;
        at = parent;
        CHECK(at < n);
    }
}

TESTED int is_heap(const int *heap, unsigned n) {
    if (n > 1000000) return -1;
    for (unsigned i = 0; i < n / 2; i++) {
        unsigned child = 2 * i + 1;
        CHECK(child < n);
        if (heap[child] > heap[i]) return 0;
    }
    return 1;
}

int main(void) {
    int heap[6] = {9, 7, 8, 1, 2, 10};
    printf("%d ", is_heap(heap, 5));
    lift(heap, 6, 5);
    for (int i = 0; i < 6; i++) printf("%d ", heap[i]);
    printf("%d\n", is_heap(heap, 6));
}
