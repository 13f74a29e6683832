// Globals of every linkage, initializers with relocations, thread-local variables.
#include <stddef.h>
struct node { const char *name; struct node *next; int (*call)(int); long offset; char pad[3]; };

int tentative;
int defined = 42;
static int internal_value = 7;
extern int elsewhere;
extern int weak_elsewhere __attribute__((weak));
int weak_value __attribute__((weak)) = 3;
int hidden_value __attribute__((visibility("hidden"))) = 4;
int protected_value __attribute__((visibility("protected"))) = 5;
_Thread_local int per_thread = 9;
static _Thread_local long per_thread_zero;
extern _Thread_local int per_thread_elsewhere;
_Thread_local int initial __attribute__((tls_model("initial-exec"))) = 1;
const char text[] = "tab\t quote\" slash\\ \xff end";
const char *const strings[] = { "a", "", "a", &text[4] };
int aligned __attribute__((aligned(64))) = 1;
int placed __attribute__((section(".special"))) = 1;
int used __attribute__((used)) = 2;
static int function(int a) { return a + internal_value; }
struct node last = { "last", 0, function, offsetof(struct node, pad), { 1, 2, 3 } };
struct node first = { "first", &last, 0, -1 };
int *inside = &defined, *past = &defined + 1;
char *field = (char *)&last + offsetof(struct node, offset);
long as_integer = (long)&defined;
double numbers[3][2] = { { 1, 2 }, { 3 } };
int large[100000] = { [99999] = 1 };
union { int i; char c[12]; } mixed = { .c = "abc" };
_Bool flag = 1;
__int128 huge = (__int128)1 << 100;
_Complex double z = 1.0 + 2.0i;
int original(int a) { return a; }
int renamed(int a) __attribute__((alias("original")));
extern int renamed_weak(int a) __attribute__((weak, alias("original")));
__attribute__((constructor)) static void start(void) { tentative = 1; }
__attribute__((destructor(200))) static void stop(void) { tentative = 0; }
inline int inlined(int a) { return a * 2; }
extern inline int inlined(int a);
static inline int inlined_static(int a) { return a * 3; }
__attribute__((always_inline)) static inline int always(int a) { return a - 1; }
__attribute__((noinline, cold)) int never(int a) { return a + 1; }
__attribute__((pure)) int pure_function(int *p);
__attribute__((const)) int const_function(int a);
__attribute__((malloc, alloc_size(1))) void *allocate(size_t n);
int weak_function(void) __attribute__((weak));
int use(int n) {
    static int counter;
    per_thread += n; per_thread_zero++; per_thread_elsewhere = initial;
    counter += elsewhere + (&weak_elsewhere ? weak_elsewhere : 0) + inlined(n) + inlined_static(n) + always(n) + never(n);
    counter += pure_function(&n) + const_function(n) + (weak_function ? weak_function() : 0) + large[n];
    return counter + *(int *)allocate(4);
}
