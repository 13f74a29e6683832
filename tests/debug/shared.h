// Code of another file; on Windows the linker keeps one copy of it.
#ifdef _MSC_VER
#define SHARED inline
void report(int function, int gave, unsigned long long hash);
#define PRINT(number) report(0, 1, number)
#else
#define SHARED static inline
int printf(const char *format, ...);
#define PRINT(number) printf("%d\n", number)
#endif
SHARED __attribute__((noinline)) int counted(int n) { // line
  if (n > 1)
    return n * 2; // line
  return n;
}
