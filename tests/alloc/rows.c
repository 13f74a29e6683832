// A table of rows, each allocated by itself.
#include "support/rounds.h"
static uint64_t one_round(uint64_t i) {
    uint64_t **rows = malloc(2 * sizeof *rows);
    for (int r = 0; r < 2; r++) {
        rows[r] = malloc(2 * sizeof **rows);
        for (int c = 0; c < 2; c++)
            rows[r][c] = i >> (r + c);
    }
    uint64_t result = rows[0][0] * rows[1][1] - rows[0][1] * rows[1][0];
    for (int r = 0; r < 2; r++)
        free(rows[r]);
    free(rows);
    return result;
}
