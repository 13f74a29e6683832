/* Control flow that no compiler writes for itself: jumps into loops, many exits, nested breaks, short circuits. */
#include <stdio.h>

static int into_loop(int n)
{
    int sum = 0, i = 0;
    if (n & 1)
        goto middle;
    for (i = 0; i < n; i++) {
        sum += i;
middle:
        sum ^= i * 3;
        if (sum > 1000)
            goto out;
    }
    sum += 5;
out:
    return sum;
}

/* Two loops that share their bodies: neither header dominates the other. */
static int irreducible(int a, int b)
{
    int rounds = 0;
    if (a > b)
        goto second;
first:
    a += 3;
    rounds++;
    if (rounds > 40)
        return a - b;
second:
    b += 5;
    rounds += 2;
    if (a < b)
        goto first;
    if (rounds < 30)
        goto second;
    return rounds * 1000 + a + b;
}

static int calls;
static int called(int x) { calls++; return x; }

static int search(int grid[8][8], int wanted)
{
    int steps = 0;
    for (int i = 0; i < 8; i++) {
        for (int j = 0; j < 8; j++) {
            steps++;
            if (grid[i][j] < 0)
                break;
            if (grid[i][j] == wanted)
                goto found;
            if (j > i + 2)
                goto next_row;
        }
        steps += 100;
next_row:;
    }
    return -steps;
found:
    return steps;
}

static unsigned ackermann(unsigned m, unsigned n) { return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
static int even(unsigned n);
static int odd(unsigned n) { return n == 0 ? 0 : even(n - 1); }
static int even(unsigned n) { return n == 0 ? 1 : odd(n - 1); }

int main(void)
{
    int grid[8][8];
    for (int i = 0; i < 64; i++)
        grid[i / 8][i % 8] = (i * 37 % 64) - 3;
    for (int i = 0; i < 20; i++) {
        int x = called(i & 1) && called(i & 2) || called(i & 4) && !called(i & 8);
        int y = (called(i), i > 3 ? called(3) : called(4)) + x;
        printf("%d %d %d %d %d\n", into_loop(i), irreducible(i, 9), search(grid, i * 3), y, calls);
    }
    unsigned n = 27, length = 0;
    do
        n = n % 2 ? 3 * n + 1 : n / 2;
    while (length++, n != 1);
    printf("%u %u %d %d\n", length, ackermann(2, 9), even(1000), odd(777));
    return 0;
}
