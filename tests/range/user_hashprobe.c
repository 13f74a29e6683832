// Open addressing: a probe wraps around, and ends.
#include "check.h"

TESTED int find(const unsigned *keys, unsigned capacity, unsigned key) {
    if (capacity == 0) {
        return -1;
    }
    unsigned at = key * 2654435769u % capacity;
    for (unsigned probes = 0; probes < capacity; probes++) {
        CHECK(at < capacity);
        if (keys[at] == key) {
            return (int)at;
        }
        if (keys[at] == 0) {
            return -1;
        }
        at++;
        CHECK(at <= capacity);
        if (at == capacity) {
            at = 0;
        }
        CHECK(at < capacity);
    }
    return -1;
}

int main(void) {
    unsigned keys[7] = {0};
    for (unsigned key = 3; key < 30; key += 9) {
        unsigned at = key * 2654435769u % 7;
        while (keys[at] != 0) at = (at + 1) % 7;
        keys[at] = key;
    }
    printf("%d %d %d %d\n", find(keys, 7, 3), find(keys, 7, 12), find(keys, 7, 21), find(keys, 7, 5));
}
