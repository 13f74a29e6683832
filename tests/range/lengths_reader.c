// A reader takes fields from what remains of a message.
#include "check.h"

TESTED int sum_of(const unsigned char *message, size_t length) {
    size_t at = 0;
    int sum = 0;
    while (at < length) {
        size_t size = message[at++];
        CHECK(at <= length);
        if (size > length - at) return -1;
        size_t end = at + size;
        CHECK(end >= at);
        CHECK(end <= length);
        for (; at < end; at++) {
            CHECK(at < length);
            sum += message[at];
        }
        CHECK(at <= length);
    }
    return sum;
}

int main(void) {
    unsigned char good[7] = {2, 10, 20, 0, 2, 1, 1}, bad[3] = {1, 5, 9};
    printf("%d %d %d\n", sum_of(good, 7), sum_of(bad, 3), sum_of(good, 0));
}
