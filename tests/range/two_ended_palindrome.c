// Letters from both ends.
#include "check.h"

TESTED int palindrome(const char *text, unsigned n) {
    for (unsigned i = 0, j = n; i < j; i++) {
        j--;
        CHECK(j < n);
        CHECK(i < n);
        CHECK(i <= j);
        if (text[i] != text[j]) return 0;
    }
    return 1;
}

int main(void) {
    printf("%d %d %d\n", palindrome("rotator", 7), palindrome("rotate", 6), palindrome("", 0));
}
