/* CRC-32 (IEEE 802.3) of a buffer: bit by bit, by a table of bytes, and eight bytes at a
   time by eight tables. Argument: buffer size in kilobytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define POLYNOMIAL 0xedb88320u
#define PASSES 16

static uint32_t tables[8][256];

static void fill_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        tables[0][i] = crc;
    }
    for (int t = 1; t < 8; t++)
        for (int i = 0; i < 256; i++)
            tables[t][i] = tables[t - 1][i] >> 8 ^ tables[0][tables[t - 1][i] & 0xff];
}

static uint32_t crc_bits(const uint8_t *data, size_t size)
{
    uint32_t crc = ~0u;
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (POLYNOMIAL & -(crc & 1));
    }
    return ~crc;
}

static uint32_t crc_bytes(uint32_t crc, const uint8_t *data, size_t size)
{
    crc = ~crc;
    while (size--)
        crc = crc >> 8 ^ tables[0][(crc ^ *data++) & 0xff];
    return ~crc;
}

static uint32_t load_little_endian(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t crc_eight(uint32_t crc, const uint8_t *data, size_t size)
{
    crc = ~crc;
    for (; size >= 8; size -= 8, data += 8) {
        uint32_t low = load_little_endian(data) ^ crc, high = load_little_endian(data + 4);
        crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^
              tables[4][low >> 24] ^ tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
              tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
    }
    return crc_bytes(~crc, data, size);
}

int main(int argc, char **argv)
{
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 10 * 1024) * 1024 + 5;
    uint8_t *data = malloc(size);
    if (!data)
        return 1;
    uint32_t random = 1;
    for (size_t i = 0; i < size; i++) {
        random = random * 1103515245 + 12345;
        data[i] = (uint8_t)(random >> 16);
    }
    fill_tables();
    printf("by bits  %08x\n", crc_bits(data, size));
    uint32_t bytes = 0, eight = 0;
    for (int pass = 0; pass < PASSES; pass++) {
        bytes = crc_bytes(bytes, data, size);
        eight = crc_eight(eight, data, size);
    }
    printf("by bytes %08x\n", bytes);
    printf("by eight %08x\n", eight);
    free(data);
    return 0;
}
