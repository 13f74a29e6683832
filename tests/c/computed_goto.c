/* Labels as values: an interpreter with a table of addresses, and one with offsets. */
#include <stdio.h>

enum { PUSH, ADD, MUL, DUP, JUMP_IF, DECREMENT, SWAP, HALT };

static long run(const signed char *code, long input)
{
    static const void *const table[] = { &&push, &&add, &&mul, &&dup, &&jump_if, &&decrement, &&swap, &&halt };
    long stack[16] = { input }, *top = stack;
    const signed char *pc = code;
#define NEXT goto *table[(int)*pc++]
    NEXT;
push: *++top = *pc++; NEXT;
add: top--; top[0] += top[1]; NEXT;
mul: top--; top[0] *= top[1]; NEXT;
dup: top[1] = top[0]; top++; NEXT;
swap: { long t = top[0]; top[0] = top[-1]; top[-1] = t; } NEXT;
decrement: --*top; NEXT;
jump_if: if (*top) pc += *pc; else pc++; NEXT;
halt: return top[-1];
}

static int by_offset(unsigned char n)
{
    static const int offsets[] = { &&zero - &&zero, &&one - &&zero, &&two - &&zero };
    int rounds = 0;
again:
    goto *(&&zero + offsets[n % 3]);
zero: return rounds * 10;
one: rounds++; n += 4; goto again;
two: rounds += 3; n = n * 2; goto again;
}

int main(void)
{
    /* product and sum of n, n - 1, ..., 1 */
    const signed char factorial[] = { PUSH, 1, SWAP, DUP, SWAP, PUSH, 0, ADD, DECREMENT, SWAP, PUSH, 0, ADD, HALT };
    const signed char powers[] = { PUSH, 1, SWAP, SWAP, PUSH, 3, MUL, SWAP, DECREMENT, JUMP_IF, -7, HALT };
    for (long i = 1; i < 12; i++)
        printf("%ld %ld %d\n", run(factorial, i), i < 10 ? run(powers, i) : 0, by_offset(i));
    return 0;
}
