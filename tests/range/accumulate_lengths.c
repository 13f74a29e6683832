// Blanks and words of a line of bounded length.
#include "check.h"

TESTED int words(const char *text, int n) {
    int blanks = 0, words = 0, before = 1;
    if (n > 500) return -1;
    for (int i = 0; i < n; i++) {
        int blank = text[i] == ' ';
        blanks += blank;
        if (before && !blank) words++;
        before = blank;
    }
    CHECK(blanks <= 500);
    CHECK(words <= 500);
    CHECK(blanks + words <= 1000);
    CHECK(blanks * 2 <= 1000);
    return words * 1000 + blanks;
}

int main(void) {
    printf("%d %d %d\n", words("some words  of text", 19), words("", 0), words("", 501));
}
