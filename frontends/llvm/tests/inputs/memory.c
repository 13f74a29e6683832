// Aggregates, pointers, unions, bit fields, variable-length arrays, block operations.
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <stdlib.h>
#include <alloca.h>

struct point { int x, y; };
struct big { long a[9]; struct point p; };
struct packed { char c; int i; short s; } __attribute__((packed));
union number { int i; float f; double d; char bytes[8]; };
struct bits { unsigned a : 3; signed b : 7; unsigned long c : 40; int : 0; unsigned d : 1; };
struct nested { struct { char tag; union number n; } in[3]; struct nested *next; };
struct flexible { int n; double items[]; };
struct floats { float a, b; };
struct mixed { double d; int i; };

struct point small(struct point a, int n) { a.x += n; return a; }
struct big large(struct big a, struct big *b) { a.a[3] = b->a[4]; return a; }
struct floats pair(struct floats a) { a.a = a.b; return a; }
struct mixed mix(struct mixed a, int i) { a.i += i; a.d *= 2; return a; }
struct packed squeeze(struct packed a) { a.i++; return a; }
union number punned(float f) { union number u; u.f = f; u.i ^= 1; return u; }
int fields(struct bits *b) { b->a = 5; b->b -= 1; b->c += b->a; return b->d + b->b; }
double deep(struct nested *n, int i) { return n->next->in[i].n.d + n[1].in[2].tag; }
double tail(struct flexible *f) { double s = 0; for (int i = 0; i < f->n; i++) s += f->items[i]; return s; }

int local(int i) {
    int table[10] = { 1, 2, 3 };
    struct point points[2] = { { 1, 2 }, { .y = 4 } };
    char text[] = "hello";
    table[i] = points[i & 1].x + text[i];
    int *p = &table[2];
    *p += 1;
    return table[3] + *p;
}

int variable(int n) {
    int a[n];
    for (int i = 0; i < n; i++) a[i] = i;
    int *b = alloca(n * 4);
    memcpy(b, a, n * 4);
    return b[n - 1] + sizeof a;
}

void blocks(char *a, const char *b, size_t n, struct big *s, struct big *t) {
    memcpy(a, b, 16); memmove(a + 1, a, n); memset(a, 7, 33); *s = *t; memset(s, 0, sizeof *s);
    __builtin_memcpy_inline(a, b, 8);
}

int sum(int n, ...) {
    va_list list, copy;
    va_start(list, n);
    va_copy(copy, list);
    int s = 0;
    while (n--) s += va_arg(list, int) + (int)va_arg(copy, double);
    va_end(list);
    va_end(copy);
    return s;
}
struct big va_big(int n, ...) { va_list l; va_start(l, n); struct big b = va_arg(l, struct big); va_end(l); return b; }
int caller(void) { return sum(3, 1, 2.0, 3l, "x", (struct point){ 1, 2 }); }

void *heap(size_t n) { int *p = malloc(n * sizeof *p); p = realloc(p, 2 * n); free(p); return calloc(n, 4); }
void restricted(int *restrict a, const int *restrict b, int n) { for (int i = 0; i < n; i++) a[i] = b[i] * 2; }
volatile int device;
int volatile_access(volatile int *p) { *p = device; device = 3; return *p; }
size_t object_size(char *p) { char b[7]; return __builtin_object_size(b, 0) + __builtin_object_size(p, 1) + __builtin_dynamic_object_size(p, 0); }
int literal(void) { struct point *p = &(struct point){ 3, 4 }; return p->x; }
int two_dimensions(int a[3][4], int i, int j) { return a[i][j] + ((int (*)[5])a)[j][i]; }
