// Run lengths: a run ends where the text does, and is no longer than a byte says.
#include "check.h"

TESTED int pack(const char *in, int length, unsigned char *out) {
    int at = 0, made = 0;
    while (at < length) {
        int end = at + 1;
        while (end < length && end - at < 255 && in[end] == in[at]) {
            CHECK(end > at);
            end++;
        }
        CHECK(end > at);
        CHECK(end <= length);
        CHECK(end - at >= 1);
        CHECK(end - at <= 255);
        out[made++] = (unsigned char)(end - at);
        out[made++] = (unsigned char)in[at];
        at = end;
    }
    return made;
}

int main(void) {
    unsigned char out[32];
    int n = pack("aaabccccd", 9, out);
    for (int i = 0; i < n; i++) printf("%d ", out[i]);
    printf("\n");
}
