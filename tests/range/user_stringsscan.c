// Words of a text: a scanner with two positions that stay inside it.
#include "check.h"

TESTED int words(const char *text, int length) {
    int at = 0, found = 0;
    while (at < length) {
        while (at < length && text[at] == ' ') {
            CHECK(at >= 0);
            at++;
        }
        int start = at;
        while (at < length && text[at] != ' ') {
            CHECK(at >= start);
            CHECK((unsigned)at < (unsigned)length);
            at++;
        }
        CHECK(start <= at);
        CHECK(at - start >= 0);
        CHECK(at <= length || length < 0);
        if (at > start) {
            CHECK(start < length);
            found++;
        }
    }
    return found;
}

int main(void) {
    printf("%d %d %d\n", words("one two  three ", 15), words("", 0), words("   ", 3));
}
