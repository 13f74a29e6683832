// Room for records in a buffer, each aligned to 8.
#include "check.h"
#include <stdint.h>

static unsigned char arena[4096]; static size_t top;
TESTED void *room(size_t bytes) {
    size_t from = top;
    if (from > sizeof arena || bytes > sizeof arena) return 0;
    size_t start = (from + 7) & ~(size_t)7;
    CHECK(start >= from);
    CHECK(start - from <= 7);
    CHECK(start % 8 == 0);
    if (start > sizeof arena || bytes > sizeof arena - start) return 0;
    CHECK(start + bytes <= sizeof arena);
    CHECK(start + bytes >= start);
    top = start + bytes;
    CHECK(top <= sizeof arena);
    return arena + start;
}
int main(void) { unsigned char *a = room(5), *b = room(9); printf("%d %d\n", (int)(b - a), (int)top); }
