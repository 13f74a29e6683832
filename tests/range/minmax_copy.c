// Copies as much as fits from a string into a buffer.
#include "check.h"

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

TESTED size_t copy(char *to, size_t room, const char *from, size_t length) {
    size_t count = least(room, length);
    CHECK(count <= room);
    CHECK(count <= length);
    for (size_t i = 0; i < count; i++) {
        CHECK(i < room);
        CHECK(i < length);
        to[i] = from[i];
    }
    CHECK(room - count <= room);
    return room - count;
}

int main(void) {
    char to[6] = {0};
    size_t left = copy(to, 5, "abc", 3);
    printf("%zu %s ", left, to);
    left = copy(to, 5, "ABCDEFG", 7);
    printf("%zu %s\n", left, to);
}
