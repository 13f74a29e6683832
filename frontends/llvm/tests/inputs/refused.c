// What is parsed, and refused by name when it is translated.
int original(int a) { return a; }
#ifdef IFUNC
static void *resolve(void) { return original; }
int indirect(int a) __attribute__((ifunc("resolve")));
#endif
#ifdef MODULE_ASSEMBLY
asm(".globl from_asm\nfrom_asm: ret");
#endif
#ifdef ASSEMBLY
int assembly(int n) { int r; asm("movl %1, %0" : "=r"(r) : "r"(n) : "cc"); return r; }
#endif
#ifdef LONG_DOUBLE
long double extended(long double a, double b) { return a * b + 0.1L; }
#endif
#ifdef HALF
_Float16 half(_Float16 a) { return a + a; }
#endif
#ifdef CYCLES
unsigned long cycles(void) { return __builtin_readcyclecounter(); }
#endif
