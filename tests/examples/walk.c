/* Walks as many steps as the argument says. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

extern uint64_t allocations;
int64_t walk(int32_t n);

int main(int argc, char **argv) {
    int64_t result = walk(argc > 1 ? atoi(argv[1]) : 0);
    printf("%" PRId64 " with %" PRIu64 " allocations\n", result, allocations);
    return 0;
}
