/* Pancake flipping: over all permutations of n elements, the greatest number of prefix
   reversals that brings 1 to the front, and a checksum with alternating signs.
   Argument: n. The count is repeated ROUNDS times from differently rotated starts. */
#include <stdio.h>
#include <stdlib.h>

#define MAX_N 16
#define ROUNDS 4

struct result {
    int max_flips;
    int checksum;
};

static int count_flips(const int *permutation, int n)
{
    int p[MAX_N];
    for (int i = 0; i < n; i++)
        p[i] = permutation[i];
    int flips = 0;
    for (int first = p[0]; first != 0; first = p[0]) {
        for (int lo = 0, hi = first; lo < hi; lo++, hi--) {
            int t = p[lo];
            p[lo] = p[hi];
            p[hi] = t;
        }
        flips++;
    }
    return flips;
}

static struct result fannkuch(int n, int rotation)
{
    int permutation[MAX_N], counts[MAX_N];
    for (int i = 0; i < n; i++)
        permutation[i] = (i + rotation) % n;
    struct result r = {0, 0};
    int sign = 1, depth = n;
    for (;;) {
        for (; depth > 1; depth--)
            counts[depth - 1] = depth;
        int flips = count_flips(permutation, n);
        if (flips > r.max_flips)
            r.max_flips = flips;
        r.checksum += sign * flips;
        sign = -sign;
        /* The next permutation: rotate ever longer prefixes until one has turns left. */
        for (depth = 1;; depth++) {
            if (depth == n)
                return r;
            int first = permutation[0];
            for (int i = 0; i < depth; i++)
                permutation[i] = permutation[i + 1];
            permutation[depth] = first;
            if (--counts[depth] > 0)
                break;
        }
    }
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 10;
    if (n < 1 || n > MAX_N) {
        printf("n must be from 1 to %d\n", MAX_N);
        return 1;
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct result r = fannkuch(n, round);
        printf("rotation %d: checksum %d, max flips %d\n", round, r.checksum, r.max_flips);
    }
    return 0;
}
