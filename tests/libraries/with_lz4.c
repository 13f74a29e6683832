/* Compresses texts fast and well, whole and with a dictionary, and takes them apart again; prints lengths and
   checksums. */

#include <stdio.h>
#include <string.h>
#include "lz4.h"
#include "lz4frame.h"
#include "lz4hc.h"
#include "text.h"

enum { SIZE = 400000 };

static unsigned char input[SIZE], packed[2 * SIZE], output[SIZE];

static void report(const char *name, int level, int length)
{
    memset(output, 0, SIZE);
    int unpacked = LZ4_decompress_safe((char *)packed, (char *)output, length, SIZE);
    int part = LZ4_decompress_safe_partial((char *)packed, (char *)output, length, SIZE / 3, SIZE);
    int broken = LZ4_decompress_safe((char *)packed, (char *)output, length - 3, SIZE);
    printf("%s %d: %d %08x %d %d %d %d\n", name, level, length, checksum(packed, (size_t)length), unpacked,
           memcmp(input, output, SIZE / 3), part, broken < 0);
}

static void frames(void)
{
    LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
    for (int level = 0; level <= 9; level += 9) {
        preferences.compressionLevel = level;
        size_t length = LZ4F_compressFrame(packed, sizeof packed, input, SIZE, &preferences);
        LZ4F_dctx *context;
        LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
        size_t from = length, to = SIZE, left = LZ4F_decompress(context, output, &to, packed, &from, NULL);
        LZ4F_freeDecompressionContext(context);
        printf("frame %d: %zu %08x %zu %zu %d\n", level, length, checksum(packed, length), to, left,
               memcmp(input, output, SIZE));
    }
}

int main(void)
{
    fill_with_text(input, SIZE);
    for (int speed = 1; speed <= 17; speed += 8)
        report("fast", speed, LZ4_compress_fast((char *)input, (char *)packed, SIZE, 2 * SIZE, speed));
    for (int level = 3; level <= 12; level += 3)
        report("high", level, LZ4_compress_HC((char *)input, (char *)packed, SIZE, 2 * SIZE, level));
    frames();
    return 0;
}
