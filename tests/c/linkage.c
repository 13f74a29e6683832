/* Attributes of symbols: static, weak, alias, thread-local, constructors, sections, visibility, used. */
#include <pthread.h>
#include <stdio.h>

static int order;
static int first_at, second_at;
__attribute__((constructor(200))) static void second(void) { second_at = ++order; }
__attribute__((constructor(150))) static void first(void) { first_at = ++order; }
__attribute__((destructor)) static void last(void) { printf("destructor %d\n", order); }

static int real(int x) { return x * 3; }
int other(int x) __attribute__((alias("real_exported")));
int real_exported(int x) { return real(x) + 1; }
extern int counter_alias __attribute__((alias("counter")));
int counter = 40;

__attribute__((weak)) int may_be_missing(int);
__attribute__((weak)) int replaceable(int x) { return x - 1; }
__attribute__((visibility("hidden"))) int hidden = 6;
__attribute__((section(".son_data"))) int in_section = 8;
__attribute__((section(".son_code"), noinline)) int code_in_section(int x) { return x + in_section; }
__attribute__((aligned(64))) char aligned_buffer[3];
static const char *const names[] = { "zero", "one", "two" };
static int (*const table[])(int) = { real, other, replaceable };
extern char **environ;

_Thread_local int local = 5;
static __thread long long counted;
static _Thread_local char zeroed[100];

static void *thread(void *argument)
{
    local += *(int *)argument;
    for (int i = 0; i < 10; i++)
        counted += local;
    zeroed[99]++;
    *(int *)argument = (int)counted + zeroed[99];
    return &local;
}

static int next(void) { static int calls = 100; return ++calls; }

int main(void)
{
    pthread_t threads[3];
    int arguments[3] = { 1, 20, 300 };
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], 0, thread, &arguments[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], 0);
    printf("%d %d %d main %d %lld %d\n", arguments[0], arguments[1], arguments[2], local, counted, zeroed[99]);
    printf("%d %d %d\n", first_at, second_at, order);
    counter_alias += 2;
    printf("%d %d %d %d\n", other(5), counter, may_be_missing ? may_be_missing(1) : -1, hidden);
    printf("%d %d %s\n", code_in_section(4), (int)((unsigned long)aligned_buffer % 64), names[next() - 100]);
    for (int i = 0; i < 3; i++)
        printf("%d ", table[i](7));
    printf("%d\n", environ != 0);
    return 0;
}
