// A word in a text.
#include "check.h"

TESTED int find(const char *text, int n, const char *word, int m) {
    if (m < 0 || m > n) return -2;
    for (int i = 0; i <= n - m; i++) {
        int j = 0;
        while (j < m) {
            CHECK(j >= 0);
            CHECK(i >= 0);
            CHECK(j < n);
            if (text[i + j] != word[j]) break;
            j++;
        }
        CHECK(j <= m);
        CHECK(i <= n);
        if (j == m) return i;
    }
    return -1;
}

int main(void) {
    printf("%d %d %d\n", find("a word in a text", 16, "in", 2), find("text", 4, "word", 4), find("a", 1, "bb", 2));
}
