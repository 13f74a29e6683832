// Letters and digits by one compare.
#include "check.h"

TESTED int value(unsigned char c) {
    if ((unsigned)c - '0' < 10) {
        CHECK(c >= '0');
        CHECK(c <= '9');
        CHECK(c - '0' <= 9);
        return c - '0';
    }
    unsigned letter = (c | 32u) - 'a';
    if (letter < 6) {
        CHECK(letter + 10 < 16);
        CHECK((c | 32) >= 'a');
        return (int)letter + 10;
    }
    return -1;
}

int main(void) {
    printf("%d %d %d %d\n", value('7'), value('c'), value('F'), value('g'));
}
