/* The Mandelbrot set on an n by n grid, one bit per point; prints the number of points
   inside and a checksum over the packed rows. Argument: n. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ITERATIONS 50
#define LIMIT 4.0

static int inside(double cr, double ci)
{
    double zr = 0, zi = 0, zr2 = 0, zi2 = 0;
    for (int i = 0; i < ITERATIONS; i++) {
        zi = 2 * zr * zi + ci;
        zr = zr2 - zi2 + cr;
        zr2 = zr * zr;
        zi2 = zi * zi;
        if (zr2 + zi2 > LIMIT)
            return 0;
    }
    return 1;
}

int main(int argc, char **argv)
{
    int n = argc > 1 ? atoi(argv[1]) : 2800;
    uint32_t checksum = 1;
    long count = 0;
    for (int y = 0; y < n; y++) {
        double ci = 2.0 * y / n - 1.0;
        uint8_t byte = 0;
        for (int x = 0; x < n; x++) {
            int in = inside(2.0 * x / n - 1.5, ci);
            count += in;
            byte = (uint8_t)(byte << 1 | in);
            if (x % 8 == 7 || x == n - 1) {
                checksum = checksum * 31 + byte;
                byte = 0;
            }
        }
    }
    printf("%ld points inside, checksum %08x\n", count, checksum);
    return 0;
}
