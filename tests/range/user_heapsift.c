// A binary heap: children of a node that has some, and its parent.
#include "check.h"

TESTED void sift_down(int *heap, int count, int at) {
    if (at < 0) {
        return;
    }
    while (at < count / 2) {
        int child = 2 * at + 1;
        CHECK(child > at);
        CHECK(child >= 0);
        CHECK(child < count);
        if (child + 1 < count && heap[child + 1] > heap[child]) {
            child++;
        }
        CHECK(child < count);
        CHECK(at < count);
        if (heap[at] >= heap[child]) {
            break;
        }
        int kept = heap[at];
        heap[at] = heap[child];
        heap[child] = kept;
        at = child;
    }
}

TESTED void sift_up(int *heap, int count, int at) {
    if (at >= count) {
        return;
    }
    while (at > 0) {
        int parent = (at - 1) / 2;
        CHECK(parent >= 0);
        CHECK(parent < at);
        CHECK(parent < count);
        if (heap[parent] >= heap[at]) {
            break;
        }
        int kept = heap[at];
        heap[at] = heap[parent];
        heap[parent] = kept;
        at = parent;
    }
}

int main(void) {
    int heap[9] = {3, 1, 4, 1, 5, 9, 2, 6, 5};
    for (int i = 4; i >= 0; i--) sift_down(heap, 9, i);
    heap[8] = 7;
    sift_up(heap, 9, 8);
    for (int i = 0; i < 9; i++) printf("%d ", heap[i]);
    printf("\n");
}
