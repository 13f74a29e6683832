/* Bit-fields: signed and unsigned, across units, packed, of zero width, in unions, as counters. */
#include <stdio.h>
#include <string.h>

struct plain { unsigned a : 3; int b : 5; unsigned c : 17; int d : 30; unsigned long e : 50; };
struct __attribute__((packed)) tight { unsigned a : 3; int b : 13; unsigned long c : 41; int d : 7; char tail; };
struct units { unsigned a : 5; unsigned : 0; unsigned b : 7; _Bool c : 1; signed char d : 4; };
union overlay { struct { unsigned low : 12, high : 20; } part; unsigned all; };

static void bytes(const char *name, const void *from, unsigned size)
{
    const unsigned char *byte = from;
    printf("%s:", name);
    for (unsigned i = 0; i < size; i++)
        printf(" %02x", byte[i]);
    printf("\n");
}

static unsigned sum(const struct plain *p) { return p->a + (unsigned)p->b + p->c + (unsigned)p->d + (unsigned)p->e; }

int main(void)
{
    struct plain plain;
    struct tight tight;
    struct units units;
    memset(&plain, 0, sizeof plain);
    memset(&tight, 0xff, sizeof tight);
    memset(&units, 0, sizeof units);
    for (int i = -40; i < 40; i++) {
        plain.a = i;
        plain.b = i;
        plain.c = i * 3001;
        plain.d = i * 13000001;
        plain.e += (unsigned long)i * 0x123456789ul;
        tight.a += 1;
        tight.b = i * 101;
        tight.c = plain.e;
        tight.d--;
        tight.tail = i;
        units.a ^= i;
        units.b += i;
        units.c = i;
        units.d = i;
        printf("%u %d %d %d %d %ld\n", sum(&plain), plain.a, plain.b, (int)plain.c, plain.d, (long)plain.e);
        printf("%d %d %ld %d %d\n", tight.a, tight.b, (long)tight.c, tight.d, tight.tail);
        printf("%d %d %d %d\n", units.a, units.b, units.c, units.d);
    }
    bytes("plain", &plain, sizeof plain);
    bytes("tight", &tight, sizeof tight);
    bytes("units", &units, sizeof units);
    union overlay overlay = { .all = 0xdeadbeef };
    overlay.part.low++;
    overlay.part.high -= 2;
    printf("%x %x %x\n", overlay.all, overlay.part.low, overlay.part.high);
    return 0;
}
