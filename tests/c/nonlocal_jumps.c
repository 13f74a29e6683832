/* setjmp and longjmp: out of deep calls, with volatile and with unchanged locals, again and again. */
#include <setjmp.h>
#include <stdio.h>

static jmp_buf outer, inner;
static int depth_reached;

static void descend(int depth)
{
    depth_reached = depth;
    if (depth == 5)
        longjmp(inner, depth);
    if (depth == 9)
        longjmp(outer, depth * 10);
    descend(depth + 1);
    printf("not reached\n");
}

static int guarded(int start)
{
    volatile int attempts = 0;
    int code = setjmp(inner);
    attempts++;
    if (code == 0)
        descend(start);
    if (code != 0 && attempts < 3)
        descend(start);
    return attempts * 100 + code;
}

int main(void)
{
    volatile int rounds = 0;
    int unchanged = 7;
    switch (setjmp(outer)) {
    case 0: printf("start\n"); break;
    case 90: printf("from nine %d\n", depth_reached); break;
    default: printf("other\n");
    }
    rounds++;
    printf("%d %d\n", guarded(rounds), unchanged);
    if (rounds < 3)
        descend(6);
    printf("done %d\n", rounds);
    return 0;
}
