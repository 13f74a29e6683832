// Vector types.
typedef int v4 __attribute__((vector_size(16)));
typedef float f4 __attribute__((vector_size(16)));
typedef double d2 __attribute__((vector_size(16)));
v4 arith(v4 a, v4 b) { return a * b + (a << 3) - (b & 7); }
v4 compare(f4 a, f4 b) { return a < b; }
f4 convert(v4 a) { return __builtin_convertvector(a, f4); }
v4 shuffle(v4 a, v4 b) { return __builtin_shufflevector(a, b, 0, 4, -1, 7); }
int element(v4 a, int i) { a[i] = 3; return a[1] + a[i]; }
d2 scale(d2 a, double s) { return a * s; }
int dot(const int *a, const int *b, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i] * b[i]; return s; }
v4 constant(void) { return (v4){ 1, 2, 3, 4 }; }
