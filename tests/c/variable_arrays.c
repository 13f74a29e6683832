/* Arrays of variable length, alloca, flexible members; in loops, where the stack must be given back. */
#include <alloca.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct flexible { int count; double values[]; };

static int triangle(int n)
{
    int sum = 0, row[n];
    for (int i = 0; i < n; i++)
        row[i] = i;
    for (int i = 0; i < n; i++)
        sum += row[n - 1 - i] * i;
    return sum;
}

static long matrix(int n, int m)
{
    unsigned long sum = 0;
    long a[n][m];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            a[i][j] = i * 10 + j;
    for (int j = 0; j < m; j++)
        for (int i = 0; i < n; i++)
            sum = sum * 3 + (unsigned long)a[i][j];
    return (long)sum + (long)sizeof a + (long)sizeof a[0];
}

static int many_rounds(int rounds)
{
    int sum = 0;
    for (int i = 1; i <= rounds; i++) {
        char buffer[1000 + i % 7];
        memset(buffer, i, sizeof buffer);
        sum += buffer[i % 1000] + (int)sizeof buffer;
    }
    return sum;
}

static char *joined(int count, char *out)
{
    char *words[8];
    for (int i = 0; i < count; i++) {
        words[i] = alloca(i + 2);
        memset(words[i], 'a' + i, i + 1);
        words[i][i + 1] = 0;
    }
    *out = 0;
    for (int i = count; i-- > 0;)
        strcat(out, words[i]);
    return out;
}

static int deep(int n) { int a[n + 1]; a[n] = n; return n == 0 ? 0 : a[n] + deep(n - 1); }

int main(void)
{
    char out[100];
    for (int n = 1; n < 20; n += 3)
        printf("%d %ld %d\n", triangle(n), matrix(n, 20 - n), deep(n));
    printf("%d %s\n", many_rounds(50000), joined(6, out));
    struct flexible *f = malloc(sizeof *f + 5 * sizeof(double));
    f->count = 5;
    for (int i = 0; i < f->count; i++)
        f->values[i] = i / 4.0;
    printf("%g %g\n", f->values[1], f->values[4]);
    free(f);
    return 0;
}
