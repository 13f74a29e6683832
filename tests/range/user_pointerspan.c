// Lengths that are differences of pointers.
#include "check.h"
#include <string.h>

TESTED size_t words(const char *begin, const char *end, size_t *lengths, size_t room) {
    if (end < begin) {
        return 0;
    }
    size_t length = (size_t)(end - begin), at = 0, made = 0;
    while (at < length && made < room) {
        while (at < length && begin[at] == ' ') {
            CHECK(at < length);
            at++;
        }
        CHECK(at <= length);
        size_t start = at;
        while (at < length && begin[at] != ' ') {
            at++;
        }
        CHECK(start <= at);
        CHECK(at - start <= length);
        CHECK(at <= length);
        if (at > start) {
            CHECK(made < room);
            lengths[made++] = at - start;
        }
    }
    CHECK(made <= room);
    return made;
}

TESTED int last_of(const char *text, const char *end, char wanted) {
    long length = end - text;
    if (length < 0 || length > 1000000) {
        return -1;
    }
    for (int i = (int)length - 1; i >= 0; i--) {
        CHECK(i < length);
        if (text[i] == wanted) {
            CHECK(i >= 0);
            CHECK(length - i > 0);
            CHECK(length - i <= length);
            return i;
        }
    }
    return -1;
}

int main(void) {
    const char *text = "one  two three";
    size_t lengths[8];
    printf("%zu ", words(text, text + strlen(text), lengths, 8));
    printf("%zu %d\n", lengths[2], last_of(text, text + strlen(text), 't'));
}
