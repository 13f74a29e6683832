// A word in a text.
#include "check.h"

TESTED long find(const char *text, size_t length, const char *word, size_t size) {
    if (size == 0 || size > length) return -1;
    for (size_t i = 0; i <= length - size; i++) {
        size_t j = 0;
        while (j < size) {
            CHECK(i + j < length);
            if (text[i + j] != word[j]) break;
            j++;
        }
        CHECK(j <= size);
        if (j == size) return (long)i;
        CHECK(j < size);
    }
    return -1;
}

int main(void) {
    printf("%ld %ld %ld\n", find("abracadabra", 11, "cada", 4), find("abc", 3, "c", 1), find("abc", 3, "abd", 3));
}
