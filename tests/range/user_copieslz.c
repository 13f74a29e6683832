// Unpacking of literals and matches: a match begins inside what was written, and ends inside what may be.
#include "check.h"

TESTED int unpack(const unsigned char *in, int length, unsigned char *out, int capacity) {
    int read = 0, made = 0;
    while (read + 2 < length) {
        int distance = in[read], count = in[read + 1];
        unsigned char literal = in[read + 2];
        read += 3;
        CHECK(read <= length);
        if (distance > made || count >= capacity - made) {
            return -1;
        }
        CHECK(made >= 0);
        CHECK(made + count < capacity);
        int from = made - distance;
        CHECK(from >= 0);
        CHECK(from <= made);
        for (int i = 0; i < count; i++) {
            CHECK(from + i >= 0);
            CHECK(made + i < capacity);
            out[made + i] = out[from + i];
        }
        made += count;
        CHECK(made < capacity);
        out[made++] = literal;
    }
    return made;
}

int main(void) {
    unsigned char out[32] = {0};
    const unsigned char in[] = {0, 0, 'a', 1, 3, 'b', 5, 6, 'c'};
    int n = unpack(in, 9, out, 32);
    printf("%d %s %d\n", n, out, unpack(in, 9, out, 6));
}
