// Sorting by counts: a histogram, sums before each class, and places.
#include "check.h"

TESTED int sort(const unsigned char *keys, int n, unsigned char *out) {
    unsigned counts[256] = {0}, starts[257];
    if (n < 0 || n > 1 << 20) {
        return -1;
    }
    for (int i = 0; i < n; i++) {
        unsigned key = keys[i];
        CHECK(key < 256);
        counts[key]++;
    }
    unsigned sum = 0;
    for (int k = 0; k < 256; k++) {
        CHECK(k + 1 <= 256);
        starts[k] = sum;
        sum += counts[k];
    }
    starts[256] = sum;
    unsigned most = 0;
    for (unsigned k = 256; k-- > 0;) {
        CHECK(k < 256);
        CHECK(k + 1 < 257);
        unsigned size = starts[k + 1] - starts[k];
        most = size > most ? size : most;
    }
    for (int i = n; i-- > 0;) {
        CHECK(i >= 0);
        CHECK(i < n);
        unsigned place = starts[keys[i]]++;
        if (place < (unsigned)n) {
            CHECK((int)place >= 0);
            CHECK((int)place < n);
            out[place] = keys[i];
        }
    }
    return (int)most;
}

int main(void) {
    unsigned char keys[6] = {7, 3, 255, 0, 3, 9}, out[6];
    printf("%d:", sort(keys, 6, out));
    for (int i = 0; i < 6; i++) printf(" %d", out[i]);
    printf("\n");
}
