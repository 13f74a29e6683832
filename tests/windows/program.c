// What is different on Windows: imports, thread-locals, weak symbols, large and growing frames, saved float registers,
// variable arguments, groups; and whether the system finds all frames.
typedef unsigned long long u64;
void report(int function, int gave, u64 hash);
__declspec(dllimport) unsigned short RtlCaptureStackBackTrace(unsigned, unsigned, void **, unsigned *);
__declspec(dllimport) unsigned GetCurrentThreadId(void);
__declspec(dllexport) int exported = 4;
_Thread_local int counter = 3;
static _Thread_local long long zeroed;
__attribute__((weak)) int maybe(void);
__attribute__((weak)) int weak(void) { return 12; }
static const double table[] = {1.5, 2.5, 3.5};
unsigned (*imported)(void) = 0;
__declspec(noinline) static void touch(char *bytes, int count) {
  for (int i = 0; i < count; i++) bytes[i] = (char)(bytes[i / 2] + i);
}
__declspec(noinline) int frames(void) {
  void *list[62];
  return RtlCaptureStackBackTrace(0, 62, list, 0);
}
__declspec(noinline) static int large(int n) {
  char bytes[20000];
  bytes[0] = (char)n;
  touch(bytes, sizeof bytes);
  return bytes[19999] + frames();
}
__declspec(noinline) static int growing(int n) {
  char *bytes = __builtin_alloca((u64)n * 100);
  bytes[0] = 1;
  touch(bytes, n * 100);
  return bytes[n * 100 - 1] + large(n);
}
__declspec(noinline) static int aligned(int n) {
  _Alignas(64) char bytes[128];
  bytes[0] = (char)n;
  touch(bytes, 128);
  return bytes[127] + ((u64)bytes & 63) + growing(n);
}
__declspec(noinline) static double floats(double a, double b, double c, double d) {
  double x = a * b, y = b * c, z = c * d, w = a * d;
  double sum = aligned((int)a + 50);
  return x + y * sum + z * sum + w;
}
__declspec(noinline) static int variable(int count, ...) {
  __builtin_va_list list;
  __builtin_va_start(list, count);
  double sum = 0;
  for (int i = 0; i < count; i++) sum += i & 1 ? __builtin_va_arg(list, double) : __builtin_va_arg(list, int);
  __builtin_va_end(list);
  return (int)sum + frames();
}
static volatile int seen;
__declspec(noinline) static int choose(int x) {
  switch (x) {
  case 0: seen = frames(); return seen;
  case 1: return 22;
  case 2: return frames() + 2;
  case 3: return 7;
  case 4: return frames() * 3;
  case 5: return 11;
  case 6: return weak();
  default: return -1;
  }
}
__declspec(noinline) static int deep(int n) {
  volatile int here = n;
  return n == 0 ? frames() : deep(n - 1) + here;
}
const char *names[] = {"one", "two", "three"};
int (*chosen)(int) = choose;
int main(void) {
  int number = 0;
  counter += exported;
  zeroed += counter;
  report(number++, 1, counter * 100 + zeroed);
  report(number++, 1, maybe ? maybe() : weak());
  report(number++, 1, GetCurrentThreadId() == 0);
  imported = GetCurrentThreadId;
  report(number++, 1, imported() == GetCurrentThreadId());
  report(number++, 1, (u64)(floats(table[0], table[1], table[2], 4) * 8));
  report(number++, 1, variable(7, 1, 2.5, 3, 4.5, 5, 6.5, 7));
  for (int i = 0; i < 8; i++) report(number++, 1, choose(i));
  report(number++, 1, deep(20));
  report(number++, 1, names[number & 1][0] + chosen(number));
  return 0;
}
