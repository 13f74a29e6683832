// Bytes, and what shifts, masks and extensions make of them.
#include "check.h"

TESTED int digits(const unsigned char *bytes, int n, char *out) {
    static const char digit[16] = "0123456789abcdef";
    int length = 0;
    for (int i = 0; i < n; i++) {
        int high = bytes[i] >> 4, low = bytes[i] & 15;
        CHECK(high >= 0 && high < 16);
        CHECK(low >= 0 && low < 16);
        CHECK(high * 16 + low < 256);
        out[length++] = digit[high];
        out[length++] = digit[low];
    }
    return length;
}

int main(void) {
    char out[20] = {0};
    printf("%d ", digits((const unsigned char *)"Hex!\xff", 5, out));
    printf("%s\n", out);
}
