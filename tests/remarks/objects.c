// What is said of allocations, at the lines that make them.
#include <stdlib.h>
#include <string.h>
struct pair { long first, second; };
struct pair *kept;

long removed(long x) {
    struct pair *p = malloc(sizeof *p); // remark: removed: allocation of 16 bytes does not escape: removed
    p->first = x;
    p->second = x + 1;
    long result = p->first * p->second;
    free(p);
    return result;
}

char on_the_stack(unsigned long i) {
    char *bytes = malloc(64); // remark: on_the_stack: allocation of 64 bytes does not escape: on the stack
    memset(bytes, 7, 64);
    bytes[i & 63] = 1;
    char result = bytes[i & 31];
    free(bytes);
    return result;
}

long rarely(long x) {
    struct pair *p = malloc(sizeof *p); // remark: rarely: allocation of 16 bytes moves to the heap on a rare path only: stored at 30:14
    p->first = x;
    p->second = x;
    if (__builtin_expect(x == 77, 0)) {
        kept = p;
        return 0;
    }
    long result = p->first;
    free(p);
    return result;
}

struct pair *returned(long x) {
    struct pair *p = malloc(sizeof *p); // remark: returned: allocation of 16 bytes escapes: returned at 42:5
    p->first = x;
    p->second = x;
    return p;
}

void passed(void) {
    struct pair *p = malloc(sizeof *p); // remark: passed: allocation of 16 bytes escapes: passed to qsort at 48:5
    p->first = p->second = 0;
    qsort(p, 2, 8, NULL);
    free(p);
}

char *unknown(unsigned long n) {
    return malloc(n); // remark: unknown: allocation of unknown size stays: it may be large
}
