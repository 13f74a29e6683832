// Functions that optimizers put in place of their calls; debuggers show them as callers all the same.
volatile int seen;

static int inner(int n) {
  seen = n; // stop
  return n * 3;
}

static int outer(int n) {
  int first = inner(n + 1);
  return first + inner(n + 2);
}

__attribute__((noinline)) int around(int n) {
  return outer(n) - 1;
}

int main(int argc, char **argv) {
  return around(argc) & 1;
}
