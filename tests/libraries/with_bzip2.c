/* Compresses texts with several sizes of blocks and takes them apart again; prints lengths and checksums. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bzlib.h"
#include "text.h"

enum { SIZE = 300000, PACKED = SIZE + SIZE / 50 + 1000 };

static unsigned char input[SIZE], packed[PACKED], output[SIZE];

void bz_internal_error(int error)
{
    printf("internal error %d\n", error);
    exit(1);
}

int main(void)
{
    for (int blocks = 1; blocks <= 9; blocks += 4) {
        for (int work = 0; work <= 60; work += 30) {
            unsigned length = PACKED, unpacked = SIZE;
            fill_with_text(input, SIZE);
            if (work == 60)
                memset(input, 'r', SIZE / 2);
            int status = BZ2_bzBuffToBuffCompress((char *)packed, &length, (char *)input, SIZE, blocks, 0, work);
            status |= BZ2_bzBuffToBuffDecompress((char *)output, &unpacked, (char *)packed, length, work > 0, 0);
            printf("%d %d: %d %u %08x %u %d\n", blocks, work, status, length, checksum(packed, length), unpacked,
                   memcmp(input, output, SIZE));
            packed[length / 2] ^= 16;
            unpacked = SIZE;
            printf("broken: %d\n",
                   BZ2_bzBuffToBuffDecompress((char *)output, &unpacked, (char *)packed, length, 0, 0));
        }
    }
    return 0;
}
