// Digits are written from the end of a buffer.
#include "check.h"

TESTED int digits(unsigned value, char *buffer) {
    int at = 10;
    do {
        CHECK(at > 0);
        at--;
        CHECK(at >= 0);
        CHECK(at < 10);
        buffer[at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0 && at > 0);
    CHECK(10 - at <= 10);
    return at;
}

int main(void) {
    char buffer[11] = {0};
    int at = digits(4294967295u, buffer);
    printf("%d %s ", at, buffer + at);
    at = digits(7, buffer);
    printf("%d %s\n", at, buffer + at);
}
