// A ring with a head and a fill level: both ends of what is free lie in it.
#include "check.h"

struct ring {
    unsigned head, fill, size;
    unsigned char *bytes;
};

TESTED unsigned put(struct ring *ring, const unsigned char *from, unsigned count) {
    unsigned size = ring->size, head = ring->head, fill = ring->fill;
    if (size == 0 || size > 1u << 30 || head >= size || fill > size) {
        return 0;
    }
    unsigned room = size - fill;
    CHECK(room <= size);
    if (count > room) {
        count = room;
    }
    unsigned tail = head + fill;
    if (tail >= size) {
        tail -= size;
    }
    CHECK(tail < size);
    for (unsigned i = 0; i < count; i++) {
        CHECK(tail < size);
        ring->bytes[tail] = from[i];
        tail = tail + 1 == size ? 0 : tail + 1;
    }
    CHECK(fill + count <= size);
    ring->fill = fill + count;
    return count;
}

TESTED unsigned take(struct ring *ring, unsigned char *to, unsigned count) {
    unsigned size = ring->size;
    if (size == 0 || ring->fill > size || ring->head >= size) {
        return 0;
    }
    unsigned done = 0, head = ring->head;
    unsigned left = ring->fill;
    while (left > 0 && done < count) {
        CHECK(head < size);
        to[done] = ring->bytes[head];
        head = (head + 1) % size;
        left--;
        done++;
        CHECK(left < size);
        CHECK(done <= count);
    }
    ring->head = head;
    ring->fill = left;
    return done;
}

int main(void) {
    unsigned char bytes[5], out[9] = {0};
    struct ring ring = {3, 0, 5, bytes};
    printf("%u ", put(&ring, (const unsigned char *)"abcdefg", 7));
    printf("%u ", take(&ring, out, 3));
    printf("%u ", put(&ring, (const unsigned char *)"xyz", 3));
    printf("%u %s\n", take(&ring, out + 3, 5), out);
}
