/* The largest singular value of the infinite matrix A[i][j] = 1 / ((i+j)(i+j+1)/2 + i + 1),
   by the power method on its n by n corner. Argument: n. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define ITERATIONS 10

static double element(int i, int j)
{
    return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1);
}

static void multiply(const double *v, double *out, int n)
{
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += element(i, j) * v[j];
        out[i] = sum;
    }
}

static void multiply_transposed(const double *v, double *out, int n)
{
    for (int i = 0; i < n; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++)
            sum += element(j, i) * v[j];
        out[i] = sum;
    }
}

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 3500;
    double *u = malloc(n * sizeof *u);
    double *v = malloc(n * sizeof *v);
    double *scratch = malloc(n * sizeof *scratch);
    for (int i = 0; i < n; i++)
        u[i] = 1;
    for (int i = 0; i < ITERATIONS; i++) {
        multiply(u, scratch, n);
        multiply_transposed(scratch, v, n);
        multiply(v, scratch, n);
        multiply_transposed(scratch, u, n);
    }
    printf("%.9f\n", sqrt(dot(u, v, n) / dot(v, v, n)));
    free(u);
    free(v);
    free(scratch);
    return 0;
}
