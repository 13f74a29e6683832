// A machine of a stack: what an opcode needs is tested, tables are indexed by it.
#include "check.h"

enum opcode { PUSH, ADD, SUB, DUP, DROP, SWAP, STOP, OPCODES };
static const signed char effects[OPCODES] = {1, -1, -1, 1, -1, 0, 0};
static const unsigned char needs[OPCODES] = {0, 2, 2, 1, 1, 2, 0};

TESTED int execute(const unsigned char *code, int length, int *stack, int capacity) {
    int depth = 0, at = 0, sum = 0;
    while (at < length) {
        CHECK(at >= 0);
        unsigned op = code[at++];
        CHECK(at <= length);
        if (op >= OPCODES) {
            return -1;
        }
        CHECK(op < sizeof effects);
        if (depth < needs[op] || depth + 1 > capacity) {
            return -2;
        }
        CHECK(depth >= 0);
        CHECK(depth < capacity);
        sum += effects[op];
        switch ((enum opcode)op) {
        case PUSH:
            if (at == length) {
                return -3;
            }
            CHECK(at < length);
            stack[depth++] = code[at++];
            break;
        case ADD:
        case SUB:
            if (depth < 2) {
                return -2;
            }
            depth--;
            CHECK(depth >= 1);
            stack[depth - 1] += op == ADD ? stack[depth] : -stack[depth];
            break;
        case DUP:
            if (depth < 1) {
                return -2;
            }
            CHECK(depth - 1 >= 0);
            stack[depth] = stack[depth - 1];
            depth++;
            CHECK(depth <= capacity);
            break;
        case DROP:
            if (depth == 0) {
                return -2;
            }
            depth--;
            break;
        case SWAP: {
            if (depth < 2) {
                return -2;
            }
            CHECK(depth - 2 >= 0);
            int top = stack[depth - 1];
            stack[depth - 1] = stack[depth - 2];
            stack[depth - 2] = top;
            break;
        }
        case STOP:
            return depth > 0 ? stack[depth - 1] + sum : 0;
        default:
            CHECK(0);
        }
        CHECK(depth >= 0);
    }
    return -4;
}

int main(void) {
    const unsigned char code[] = {PUSH, 7, DUP, ADD, PUSH, 3, SWAP, SUB, STOP};
    int stack[4];
    printf("%d %d\n", execute(code, sizeof code, stack, 4), execute(code + 2, 3, stack, 4));
}
