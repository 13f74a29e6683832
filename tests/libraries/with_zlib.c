/* Compresses texts, noise and runs at several levels and with several strategies, whole and in small pieces, and takes
   them apart again; prints lengths and checksums. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "zlib.h"

enum { SIZE = 60000 };

static unsigned char input[SIZE], packed[2 * SIZE], output[SIZE];
static unsigned state = 1;

static unsigned next(void)
{
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static void fill(int kind)
{
    static const char *words[] = { "region ", "phi ", "load ", "store ", "branch ", "loop\n", "0x1f ", "return " };
    size_t at = 0;
    while (at < SIZE) {
        if (kind == 0) {
            const char *word = words[next() % 8];
            size_t length = strlen(word) < SIZE - at ? strlen(word) : SIZE - at;
            memcpy(input + at, word, length);
            at += length;
        } else if (kind == 1) {
            input[at++] = next();
        } else {
            unsigned char byte = next() % 3;
            for (unsigned length = next() % 300; length && at < SIZE; length--)
                input[at++] = byte;
        }
    }
}

static size_t deflate_all(int level, int strategy, size_t piece)
{
    z_stream stream = { 0 };
    deflateInit2(&stream, level, Z_DEFLATED, 15, 8, strategy);
    stream.next_out = packed;
    size_t taken = 0;
    int result;
    do {
        size_t length = SIZE - taken < piece ? SIZE - taken : piece;
        stream.next_in = input + taken;
        stream.avail_in = length;
        stream.avail_out = piece < 4096 ? piece : sizeof packed - stream.total_out;
        taken += length;
        result = deflate(&stream, taken == SIZE ? Z_FINISH : Z_NO_FLUSH);
        taken -= stream.avail_in;
    } while (result == Z_OK || result == Z_BUF_ERROR);
    size_t size = stream.total_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? size : 0;
}

static int inflate_all(size_t size, size_t piece)
{
    z_stream stream = { 0 };
    inflateInit(&stream);
    stream.next_in = packed;
    stream.next_out = output;
    int result;
    do {
        stream.avail_in = size - stream.total_in < piece ? size - stream.total_in : piece;
        stream.avail_out = SIZE - stream.total_out;
        result = inflate(&stream, Z_NO_FLUSH);
    } while (result == Z_OK);
    inflateEnd(&stream);
    return result;
}

int main(void)
{
    printf("zlib %s\n", zlibVersion());
    for (int kind = 0; kind < 3; kind++) {
        fill(kind);
        printf("crc %08lx adler %08lx\n", crc32(0, input, SIZE), adler32(1, input, SIZE));
        for (int level = 0; level <= 9; level += 3)
            for (int strategy = Z_DEFAULT_STRATEGY; strategy <= Z_FIXED; strategy++) {
                size_t piece = strategy & 1 ? 777 : SIZE;
                size_t size = deflate_all(level, strategy, piece);
                memset(output, 0, SIZE);
                int result = inflate_all(size, piece);
                printf("%d %d %d: %zu %08lx %d %s\n", kind, level, strategy, size, crc32(0, packed, size), result,
                       memcmp(input, output, SIZE) ? "differs" : "same");
            }
    }
    /* A broken stream is noticed. */
    size_t size = deflate_all(6, Z_DEFAULT_STRATEGY, SIZE);
    packed[size / 2] ^= 1;
    printf("broken: %d\n", inflate_all(size, SIZE) == Z_STREAM_END);
    return 0;
}
