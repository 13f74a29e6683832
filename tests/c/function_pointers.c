/* Functions as values: tables, callbacks, returned and stored, compared, with many types. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int (*binary)(int, int);
typedef double (*unary)(double);
struct shape { const struct methods *methods; double a, b; };
struct methods { const char *name; double (*area)(const struct shape *); struct shape (*scaled)(const struct shape *, double); };

static int add(int a, int b) { return a + b; }
static int sub(int a, int b) { return a - b; }
static int mul(int a, int b) { return a * b; }
static binary choose(char c) { return c == '+' ? add : c == '-' ? sub : c == '*' ? mul : NULL; }
static int apply(binary f, int n) { int x = 1; for (int i = 1; i < n; i++) x = f(x, i); return x; }
static binary (*choosers[2])(char) = { choose, choose };

static double rectangle_area(const struct shape *s) { return s->a * s->b; }
static double ellipse_area(const struct shape *s) { return 3.0 * s->a * s->b; }
static struct shape scaled(const struct shape *s, double by) { struct shape t = { s->methods, s->a * by, s->b * by }; return t; }
static const struct methods rectangle = { "rectangle", rectangle_area, scaled };
static const struct methods ellipse = { "ellipse", ellipse_area, scaled };

static double half(double x) { return x / 2; }
static double twice(double x) { return x * 2; }
static unary composed[] = { half, twice, twice, half, twice };

static int by_length(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;
    long difference = (long)strlen(*x) - (long)strlen(*y);
    return difference ? (int)difference : strcmp(*x, *y);
}

static int fibonacci(int n, int (*self)(int, void *), void *more);
static int step(int n, void *more) { return fibonacci(n, step, more); }
static int fibonacci(int n, int (*self)(int, void *), void *more)
{
    ++*(int *)more;
    return n < 2 ? n : self(n - 1, more) + self(n - 2, more);
}

int main(void)
{
    for (const char *c = "+-*"; *c; c++)
        printf("%d ", apply(choosers[c[0] & 1](*c), 8));
    printf("%d %d\n", choose('?') == NULL, choose('+') == add);
    struct shape shapes[] = { { &rectangle, 2, 3 }, { &ellipse, 1, 4 } };
    for (int i = 0; i < 4; i++) {
        struct shape s = shapes[i & 1].methods->scaled(&shapes[i & 1], i + 0.5);
        printf("%s %g\n", s.methods->name, s.methods->area(&s));
    }
    double x = 10;
    for (unsigned i = 0; i < sizeof composed / sizeof *composed; i++)
        x = composed[i](x) + 1;
    const char *words[] = { "pear", "fig", "banana", "kiwi", "apple", "date" };
    qsort(words, 6, sizeof *words, by_length);
    int calls = 0, result = step(15, &calls);
    printf("%g %s %s %s %d %d\n", x, words[0], words[1], words[5], result, calls);
    return 0;
}
