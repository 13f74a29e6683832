// Keeps the readings above a level; their places in a second list.
#include "check.h"
#include <stdint.h>

struct log { long n; short level[64]; unsigned char at[64]; };
TESTED long keep(struct log *log, const short *in, size_t n, short least) {
    size_t used = 0, k = 0;
    if (n > 64) return -1;
    while (k < n) {
        if (in[k] >= least) {
            CHECK(used <= k);
            CHECK(used < 64);
            log->level[used] = in[k];
            log->at[used++] = (unsigned char)k;
        }
        k++;
        CHECK(used <= k);
    }
    CHECK(used <= n);
    log->n = (long)used;
    CHECK(log->n <= 64);
    return log->n;
}
int main(void) {
    static struct log log; short v[6] = {3, -4, 9, 0, 7, 1};
    printf("%ld %d\n", keep(&log, v, 6, 2), log.at[2]);
}
