// A writer that never passes the reader.
#include "check.h"

TESTED size_t unescape(char *text, size_t n) {
    size_t to = 0;
    for (size_t from = 0; from < n; from++) {
        CHECK(to <= from);
        if (text[from] == '\\') {
            if (from + 1 == n) break;
            from++;
        }
        CHECK(from < n);
        CHECK(to < n);
        text[to++] = text[from];
    }
    CHECK(to <= n);
    return to;
}

int main(void) {
    char text[] = "a\\b\\\\c\\";
    size_t n = unescape(text, 7);
    printf("%zu %.*s\n", n, (int)n, text);
}
