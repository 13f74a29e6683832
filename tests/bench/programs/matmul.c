/* The product of two n by n matrices of doubles and of two of 32-bit integers, by the
   textbook loops with the second operand transposed. Argument: n. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void multiply_doubles(const double *a, const double *bt, double *c, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            double sum = 0;
            for (int k = 0; k < n; k++)
                sum += a[i * n + k] * bt[j * n + k];
            c[i * n + j] = sum;
        }
    }
}

static void multiply_integers(const int32_t *a, const int32_t *b, uint32_t *c, int n)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            uint32_t sum = 0;
            for (int k = 0; k < n; k++)
                sum += (uint32_t)a[i * n + k] * (uint32_t)b[k * n + j];
            c[i * n + j] = sum;
        }
    }
}

static double *doubles(int n)
{
    return malloc(sizeof(double) * n * n);
}

static void *integers(int n)
{
    return malloc(sizeof(int32_t) * n * n);
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 700;
    double *a = doubles(n), *bt = doubles(n), *c = doubles(n);
    int32_t *ia = integers(n), *ib = integers(n);
    uint32_t *ic = integers(n);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            a[i * n + j] = (double)(i - j) * (i + j) / n;
            bt[j * n + i] = (double)(i + 2 * j) / n;
            ia[i * n + j] = i * 7 - j * 3;
            ib[i * n + j] = (i ^ j) - 5;
        }
    }
    multiply_doubles(a, bt, c, n);
    multiply_integers(ia, ib, ic, n);

    double trace = 0;
    uint32_t checksum = 0;
    for (int i = 0; i < n; i++)
        trace += c[i * n + i];
    for (int i = 0; i < n * n; i++)
        checksum = checksum * 33 + ic[i];
    printf("trace %.6f, corner %.6f, checksum %08x\n", trace, c[n * n - 1], checksum);
    free(a);
    free(bt);
    free(c);
    free(ia);
    free(ib);
    free(ic);
    return 0;
}
