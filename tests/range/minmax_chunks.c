// A copy in chunks of at most 64 bytes.
#include "check.h"
#include <stdint.h>

static unsigned char chunk[64];
TESTED size_t copy(unsigned char *to, const unsigned char *from, size_t n) {
    size_t done = 0;
    while (done < n) {
        size_t left = n - done;
        size_t take = left < sizeof chunk ? left : sizeof chunk;
        CHECK(take > 0);
        CHECK(take <= 64);
        CHECK(done + take <= n);
        for (size_t i = 0; i < take; i++) {
            CHECK(i < 64);
            CHECK(done + i < n);
            chunk[i] = from[done + i];
            to[done + i] = chunk[i];
        }
        done += take;
        CHECK(done <= n);
    }
    return done;
}
int main(void) { unsigned char a[100] = {1}, b[100]; printf("%zu %d\n", copy(b, a, 100), b[0]); }
