// What sonc compiles: symbols, sections, relocations and thread-locals of all kinds, without a header.
extern int printf(const char *, ...);
extern int external_data;
extern int helper(int);
static int counter = 5;
int zeroed[100];
int shared = 7;
_Thread_local int tl = 3;
static _Thread_local int tz;
static const double table[] = {1.5, 2.5, 3.5};
const char *names[] = {"one", "two", "three"};
static int twice(int x) { return 2 * x; }
int (*pointer)(int) = twice;
__attribute__((weak)) int weak_one(void) { return 1; }
__attribute__((visibility("hidden"))) int hidden_one(void) { return counter++; }
__attribute__((constructor)) static void begin(void) { counter = 6; }
int choose(int x) {
  switch (x) { case 0: return helper(1); case 1: return 22; case 2: return helper(3); case 3: return 7; case 4: return helper(9); case 5: return 11; case 6: return helper(x); case 7: return 1; default: return -1; }
}
double scale(double x, int i) { return x * table[i & 1] + 0.125; }
int main(int argc, char **argv) {
  tl += argc; tz += tl;
  zeroed[argc] = external_data;
  printf("%s %d %d\n", names[argc & 1], pointer(argc), choose(argc) + tz + hidden_one() + weak_one());
  return (int)scale(argc, argc);
}
