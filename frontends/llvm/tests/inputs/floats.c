// Floating point, and the functions and builtins that clang turns into intrinsics.
#include <math.h>
#include <complex.h>
#include <stdint.h>

#define OPS(T, N) \
    T N##_arith(T a, T b) { return -(a + b) * (a - b) / (a * (T)0.1 + (T)1e30); } \
    int N##_order(T a, T b) { return (a < b) + (a <= b) * 2 + (a == b) * 4 + (a != b) * 8 + !(a > b) * 16; } \
    int N##_unordered(T a, T b) { return __builtin_isunordered(a, b) + __builtin_isless(a, b) + !!a; } \
    T N##_from(int64_t a, uint64_t b, uint8_t c, int16_t d) { return (T)a + (T)b + c + d; } \
    uint64_t N##_to(T a) { return (uint64_t)a + (int64_t)a + (uint8_t)a + (int)a; }

OPS(float, f32)
OPS(double, f64)

double library(double x, double y) {
    double s = fabs(x) + sqrt(x) + floor(x) + ceil(x) + trunc(x) + rint(x) + nearbyint(x) + round(x) + __builtin_roundeven(x);
    s += copysign(x, y) + fmin(x, y) + fmax(x, y) + fma(x, y, s) + pow(x, y) + exp(x) + exp2(x) + log(x) + log2(x);
    s += log10(x) + sin(x) + cos(x) + tan(x) + fmod(x, y) + ldexp(x, 3) + lround(x) + llrint(x);
    return s;
}
float libraryf(float x, float y) { return fabsf(x) + sqrtf(y) + floorf(x) + fminf(x, y) + powf(x, y) + fmaf(x, y, x) + sinf(x); }
double convert(float a) { return a; }
float shorten(double a) { return (float)a; }
double contracted(double a, double b, double c) { return a * b + c; }
int classify(double x) { return isnan(x) + isinf(x) * 2 + signbit(x) * 4 + isfinite(x) * 8 + isnormal(x) * 16; }
double constants(int i) { static const double t[] = { 0.0, -0.0, INFINITY, -INFINITY, NAN, 1e-320, 3.14159 }; return t[i]; }
float constantsf(int i) { static const float t[] = { 0.1f, -0.0f, INFINITY, NAN, 1e-40f }; return t[i]; }
complex double product(complex double a, complex double b) { return a * b + 1.0i; }
complex float sums(complex float a, complex float b) { return a + conjf(b); }
#pragma clang fp reassociate(on)
double fast(double *a, int n) { double s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }
uint64_t punned(double d) { union { double d; uint64_t u; } u = { d }; return u.u; }
