/* Volatile accesses are neither merged nor left out; a handler sees them. */
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t handled;
static volatile int device[4] = { 1, 2, 3, 4 };
struct registers { volatile unsigned char status; volatile unsigned short data; volatile long counter; };
static struct registers registers;

static void handler(int number) { handled += number; }

static int reads(volatile int *p) { return *p + *p - *p; }

int main(void)
{
    volatile double d = 0.1;
    volatile char c = 120;
    signal(SIGUSR1, handler);
    for (int i = 0; i < 5; i++) {
        raise(SIGUSR1);
        c += 3;
        d *= 1.5;
        registers.status |= 1 << i;
        registers.data -= 7;
        registers.counter += registers.data;
        device[i & 3] = device[(i + 1) & 3] + reads(&device[i & 3]);
    }
    printf("%d %d %.17g\n", handled / SIGUSR1, c, d);
    printf("%d %d %ld\n", registers.status, registers.data, registers.counter);
    printf("%d %d %d %d\n", device[0], device[1], device[2], device[3]);
    volatile int local = 3;
    int sum = 0;
    while (local-- > 0)
        sum += local;
    printf("%d\n", sum);
    return 0;
}
