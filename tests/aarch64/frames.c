/* A chain of calls with frames of different shapes. */

#include <stdio.h>
#include <string.h>

volatile double sink;
volatile int number = 3;

__attribute__((noinline)) int reached(int x)
{
    sink = x;
    return x + 1;
}

__attribute__((noinline)) int leaf_of_floats(double a, double b)
{
    int x = reached((int)a);
    sink = a * b + x;
    return x + (int)b;
}

__attribute__((noinline)) int with_array(int n)
{
    char text[n + 40];
    memset(text, n, sizeof text);
    int x = leaf_of_floats(text[0], n * 0.5);
    sink = text[x & 31];
    return x * 2;
}

__attribute__((noinline)) int recursive(int n)
{
    if (n == 0)
        return with_array(number);
    int x = recursive(n - 1);
    number += x;
    return x + n;
}

int main(void)
{
    printf("%d\n", recursive(2));
    return 0;
}
