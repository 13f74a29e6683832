/* Planets around the sun, stepped by a symplectic integrator.
   Argument: number of steps. Prints the energy before and after. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PI 3.141592653589793
#define SOLAR_MASS (4 * PI * PI)
#define DAYS_PER_YEAR 365.24
#define BODIES 5

struct body {
    double position[3];
    double velocity[3];
    double mass;
};

static struct body bodies[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, SOLAR_MASS},
    {{4.84143144246472090e+00, -1.16032004402742839e+00, -1.03622044471123109e-01},
     {1.66007664274403694e-03 * DAYS_PER_YEAR, 7.69901118419740425e-03 * DAYS_PER_YEAR,
      -6.90460016972063023e-05 * DAYS_PER_YEAR},
     9.54791938424326609e-04 * SOLAR_MASS},
    {{8.34336671824457987e+00, 4.12479856412430479e+00, -4.03523417114321381e-01},
     {-2.76742510726411265e-03 * DAYS_PER_YEAR, 4.99852801234917238e-03 * DAYS_PER_YEAR,
      2.30417297573763929e-05 * DAYS_PER_YEAR},
     2.85885980666130812e-04 * SOLAR_MASS},
    {{1.28943695621391310e+01, -1.51111514016986312e+01, -2.23307578892655734e-01},
     {2.96460137564761618e-03 * DAYS_PER_YEAR, 2.37847173959480950e-03 * DAYS_PER_YEAR,
      -2.96589568540237556e-05 * DAYS_PER_YEAR},
     4.36624404335156298e-05 * SOLAR_MASS},
    {{1.53796971148509165e+01, -2.59193146099879641e+01, 1.79258772950371181e-01},
     {2.68067772490389322e-03 * DAYS_PER_YEAR, 1.62824170038242295e-03 * DAYS_PER_YEAR,
      -9.51592254519715870e-05 * DAYS_PER_YEAR},
     5.15138902046611451e-05 * SOLAR_MASS},
};

/* Gives the sun the momentum that cancels that of the planets. */
static void offset_momentum(struct body *b, int count)
{
    double momentum[3] = {0, 0, 0};
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 3; k++)
            momentum[k] += b[i].velocity[k] * b[i].mass;
    for (int k = 0; k < 3; k++)
        b[0].velocity[k] = -momentum[k] / SOLAR_MASS;
}

static double energy(const struct body *b, int count)
{
    double total = 0;
    for (int i = 0; i < count; i++) {
        double square = 0;
        for (int k = 0; k < 3; k++)
            square += b[i].velocity[k] * b[i].velocity[k];
        total += 0.5 * b[i].mass * square;
        for (int j = i + 1; j < count; j++) {
            double distance = 0;
            for (int k = 0; k < 3; k++) {
                double d = b[i].position[k] - b[j].position[k];
                distance += d * d;
            }
            total -= b[i].mass * b[j].mass / sqrt(distance);
        }
    }
    return total;
}

static void advance(struct body *b, int count, double dt)
{
    for (int i = 0; i < count; i++) {
        for (int j = i + 1; j < count; j++) {
            double dx = b[i].position[0] - b[j].position[0];
            double dy = b[i].position[1] - b[j].position[1];
            double dz = b[i].position[2] - b[j].position[2];
            double square = dx * dx + dy * dy + dz * dz;
            double magnitude = dt / (square * sqrt(square));
            double mi = b[i].mass * magnitude, mj = b[j].mass * magnitude;
            b[i].velocity[0] -= dx * mj;
            b[i].velocity[1] -= dy * mj;
            b[i].velocity[2] -= dz * mj;
            b[j].velocity[0] += dx * mi;
            b[j].velocity[1] += dy * mi;
            b[j].velocity[2] += dz * mi;
        }
    }
    for (int i = 0; i < count; i++)
        for (int k = 0; k < 3; k++)
            b[i].position[k] += dt * b[i].velocity[k];
}

int main(int argc, char **argv)
{
    int steps = argc > 1 ? atoi(argv[1]) : 8000000;
    offset_momentum(bodies, BODIES);
    printf("%.9f\n", energy(bodies, BODIES));
    for (int i = 0; i < steps; i++)
        advance(bodies, BODIES, 0.01);
    printf("%.9f\n", energy(bodies, BODIES));
    return 0;
}
