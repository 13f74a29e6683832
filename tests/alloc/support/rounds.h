// What the programs share: a main that runs so many rounds and prints a sum over them.
// A program defines one_round, whose allocations a person sees to be needless on the hot path.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))

static uint64_t one_round(uint64_t i);

int main(int argc, char **argv) {
    uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < rounds; i++)
        sum = sum * 31 + one_round(i);
    printf("%llu\n", (unsigned long long)sum);
    return 0;
}
