/* Structs: packed, aligned, nested, copied, compared, passed and returned, with anonymous members and initializers. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct __attribute__((packed)) packed { char c; int i; short s; double d; long l; };
struct __attribute__((aligned(32))) aligned { int x; };
struct nested { char tag; struct { struct packed p; struct aligned a; } in; union { int u; float f; }; short tail[3]; };
struct big { int values[40]; };
struct empty { };

static struct packed make(int i) { struct packed p = { 'a' + i, i * 1000003, -i, i / 8.0, (long)i << 33 }; return p; }
static double sum(struct packed p, struct big b, struct empty e, struct packed q)
{
    double total = p.c + p.i + p.s + p.d + (double)p.l - q.d;
    for (int i = 0; i < 40; i++)
        total += b.values[i] * i;
    return total;
}
static struct big filled(int seed) { struct big b; for (int i = 0; i < 40; i++) b.values[i] = seed ^ i * i; return b; }
static void swap(struct nested *a, struct nested *b) { struct nested t = *a; *a = *b; *b = t; }

static const struct nested constant = { 'k', { { .i = 5, .d = 2.5 }, { 9 } }, { .f = 1.25f }, { [1] = 7 } };
static int grid[3][4] = { { 1, 2 }, [2] = { [3] = 9 } };

int main(void)
{
    struct packed array[4];
    for (int i = 0; i < 4; i++)
        array[i] = make(i);
    array[1].l += array[2].i;
    array[2].s = array[1].c;
    int *unaligned = (int *)((char *)&array[3] + offsetof(struct packed, i));
    *unaligned ^= 0x55;
    for (int i = 0; i < 4; i++)
        printf("%c %d %d %g %ld %g\n", array[i].c, array[i].i, array[i].s, array[i].d, array[i].l,
               sum(array[i], filled(i), (struct empty) { }, array[3 - i]));
    struct nested a = constant, b = constant;
    b.in.p = array[2];
    b.in.a.x = -1;
    b.tail[0] = 3;
    swap(&a, &b);
    printf("%c %d %g %d %g %d %d\n", a.tag, a.in.p.i, b.in.p.d, a.in.a.x, (double)b.f, a.tail[0], b.tail[1]);
    printf("%d %d %d %d\n", (int)sizeof a, (int)offsetof(struct nested, in.a), (int)_Alignof(struct nested), (int)sizeof(struct packed));
    struct big x = filled(3), y = x;
    y.values[39]++;
    printf("%d %d\n", memcmp(&x, &y, sizeof x) != 0, grid[2][3] + grid[0][1] + grid[1][2]);
    x = y = filled(8);
    printf("%d %d\n", x.values[20], memcmp(&x, &y, sizeof x));
    return 0;
}
