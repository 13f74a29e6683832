/* Text as programs compress it: words, with noise in between. The same for each compiler and machine. */

#include <stddef.h>

static unsigned text_state = 1;

static unsigned text_next(void)
{
    text_state = text_state * 1103515245 + 12345;
    return text_state >> 16;
}

static void fill_with_text(unsigned char *text, size_t size)
{
    static const char *words[] = { "the ", "compiler ", "sea ", "of ", "nodes ", "register ", "\n", "loop ", "0x%x ", "return " };
    size_t at = 0;
    while (at < size) {
        for (const char *word = words[text_next() % 10]; *word && at < size; word++)
            text[at++] = (unsigned char)*word;
        if (text_next() % 7 == 0 && at < size)
            text[at++] = (unsigned char)text_next();
    }
}

static unsigned checksum(const unsigned char *bytes, size_t size)
{
    unsigned sum = 2166136261u;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ bytes[i]) * 16777619u;
    return sum;
}
