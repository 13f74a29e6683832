// A hash table of a size that is not known.
#include "check.h"

TESTED int insert(int *table, unsigned buckets, unsigned key) {
    if (buckets == 0) return -1;
    unsigned at = key % buckets;
    for (unsigned tries = 0; tries < buckets; tries++) {
        CHECK(at < buckets);
        if (table[at] == 0) {
            table[at] = (int)key;
            return (int)at;
        }
        at++;
        if (at == buckets) at = 0;
    }
    CHECK(at < buckets);
    return -1;
}

int main(void) {
    int table[3] = {0};
    for (unsigned key = 5; key < 30; key += 6) printf("%d ", insert(table, 3, key));
    printf("%d\n", insert(table, 0, 3));
}
