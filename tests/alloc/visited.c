// A set of visited nodes and a stack for a walk over a graph of eight nodes, given as bit masks.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    static const uint8_t edges[8] = {0x06, 0x18, 0x28, 0x40, 0x41, 0x80, 0x22, 0x09};
    uint8_t *visited = calloc(8, 1);
    unsigned *stack = malloc(64 * sizeof *stack);
    uint64_t order = 0;
    size_t top = 0;
    stack[top++] = i & 7;
    while (top) {
        unsigned node = stack[--top];
        if (visited[node]) continue;
        visited[node] = 1;
        order = order * 8 + node;
        for (unsigned next = 0; next < 8; next++)
            if (edges[node] >> next & 1 && !visited[next]) stack[top++] = next;
    }
    free(stack);
    free(visited);
    return order;
}
