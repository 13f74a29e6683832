/* Counts primes with the sieve of Eratosthenes, once with a byte and once with a bit per
   number, for three sizes. Argument: the greatest number, in thousands. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int sieve_bytes(char *composite, int limit)
{
    int count = 0;
    memset(composite, 0, limit + 1);
    for (int i = 2; i <= limit; i++) {
        if (composite[i])
            continue;
        count++;
        for (int multiple = i + i; multiple <= limit; multiple += i)
            composite[multiple] = 1;
    }
    return count;
}

static int sieve_bits(uint32_t *composite, int limit)
{
    int count = 0;
    memset(composite, 0, (limit / 32 + 1) * sizeof *composite);
    for (int i = 2; i <= limit; i++) {
        if (composite[i >> 5] >> (i & 31) & 1)
            continue;
        count++;
        for (int multiple = i + i; multiple <= limit; multiple += i)
            composite[multiple >> 5] |= 1u << (multiple & 31);
    }
    return count;
}

int main(int argc, char **argv)
{
    int limit = (argc > 1 ? atoi(argv[1]) : 20000) * 1000;
    void *flags = malloc(limit + 4);
    if (!flags)
        return 1;
    for (int i = 0; i < 3; i++, limit /= 2) {
        printf("primes up to %d: %d by bytes", limit, sieve_bytes(flags, limit));
        printf(", %d by bits\n", sieve_bits(flags, limit));
    }
    free(flags);
    return 0;
}
