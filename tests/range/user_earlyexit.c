// Tests at the top of a function and of a loop, that leave.
#include "check.h"

struct packet {
    const unsigned char *bytes;
    unsigned length;
};

TESTED int parse(const struct packet *packet, unsigned *sum) {
    unsigned length = packet->length;
    const unsigned char *bytes = packet->bytes;
    if (length < 8) {
        return -1;
    }
    unsigned header = (bytes[0] & 15) * 4u, total = bytes[2] << 8 | bytes[3];
    if (header < 8) return -2;
    if (total < header) return -3;
    if (total > length) return -4;
    CHECK(header <= 60);
    CHECK(header <= length);
    CHECK(total - header <= length - header);
    CHECK(total >= 8);
    unsigned at = 8;
    while (at < header) {
        CHECK(at < length);
        unsigned kind = bytes[at];
        if (kind == 0) break;
        if (kind == 1) {
            at++;
            continue;
        }
        if (header - at < 2) return -5;
        CHECK(at + 1 < header);
        CHECK(at + 1 < length);
        unsigned size = bytes[at + 1];
        if (size < 2 || size > header - at) return -6;
        CHECK(at + size <= header);
        for (unsigned i = 2; i < size; i++) {
            CHECK(at + i < header);
            CHECK(at + i < length);
            *sum += bytes[at + i];
        }
        at += size;
        CHECK(at <= header);
    }
    for (unsigned i = header; i < total; i++) {
        CHECK(i < length);
        CHECK(i - header < total);
        *sum += bytes[i];
    }
    return (int)(total - header);
}

int main(void) {
    unsigned char bytes[16] = {3, 0, 0, 15, 0, 0, 0, 0, 7, 3, 9, 0, 1, 2, 3};
    struct packet packet = {bytes, 16};
    unsigned sum = 0;
    int code = parse(&packet, &sum);
    printf("%d %u\n", code, sum);
}
