// Arithmetic that stops at its bounds; minimum, maximum and middle of three.
#include "check.h"
#include <stdint.h>

static int clamp(int value, int low, int high) {
    return value < low ? low : value > high ? high : value;
}

TESTED int mix(const short *samples, int n, short *out, int gain) {
    if (n < 0 || gain < 0 || gain > 256) {
        return -1;
    }
    int peak = 0;
    for (int i = 0; i < n; i++) {
        int scaled = clamp(samples[i] * gain / 64, -32768, 32767);
        CHECK(scaled >= -32768);
        CHECK(scaled <= 32767);
        out[i] = (short)scaled;
        CHECK(out[i] == scaled);
        int size = scaled < 0 ? -scaled : scaled;
        CHECK(size >= 0);
        CHECK(size <= 32768);
        peak = size > peak ? size : peak;
    }
    CHECK(peak >= 0);
    CHECK(peak <= 32768);
    return peak;
}

TESTED unsigned char add_saturated(unsigned char a, unsigned char b) {
    unsigned sum = a + b;
    CHECK(sum <= 510);
    unsigned result = sum > 255 ? 255 : sum;
    CHECK(result >= a);
    CHECK(result >= b);
    return (unsigned char)result;
}

TESTED int middle(int a, int b, int c, int n) {
    if (a < 0 || b < 0 || c < 0 || a >= n || b >= n || c >= n) {
        return -1;
    }
    int low = a < b ? a : b, high = a < b ? b : a;
    int middle = c < low ? low : c > high ? high : c;
    int least = c < low ? c : low, most = c > high ? c : high;
    CHECK(middle >= 0 && middle < n);
    CHECK(least >= 0);
    CHECK(most < n);
    CHECK(least <= most);
    CHECK(least <= middle);
    CHECK(middle <= most);
    return middle * 100 + least * 10 + most;
}

TESTED unsigned credit(unsigned balance, unsigned amount) {
    unsigned left = balance > amount ? balance - amount : 0;
    CHECK(left <= balance);
    return left;
}

int main(void) {
    short samples[3] = {1000, -32768, 20000}, out[3];
    printf("%d %d %d ", mix(samples, 3, out, 200), out[1], add_saturated(200, 100));
    printf("%d %u %u\n", middle(5, 2, 8, 9), credit(5, 7), credit(9, 2));
}
