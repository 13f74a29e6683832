// What debuggers are told: lines of two files, and functions by name. Those with code at every level are marked; a
// variable that is set may need none.
#include "shared.h"
volatile int seen;

__attribute__((noinline)) static int leaf(int n) { // line
  seen = n; // line
  return counted(n) + 1; // line
}

__attribute__((noinline)) int around(int n) { // line
  int sum = 0;
  for (int i = 0; i < n; i++) // line
    sum += leaf(i); // line
  return sum;
}

int main(int argc, char **argv) { // line
  int sum = around(argc + 3); // line
  PRINT(sum); // line
  return 0;
}
