/* Switches: dense, sparse, with ranges and fall-through, on wide and narrow values, inside of loops. */
#include <limits.h>
#include <stdio.h>

static int dense(int x)
{
    switch (x) {
    case 0: return 5;
    case 1: return -1;
    case 2: return 17;
    case 3: return 4;
    case 4: return 99;
    case 5: case 6: case 7: return x * x;
    case 9: return 1000;
    default: return x < 0 ? -7 : 7;
    }
}

static int sparse(long x)
{
    switch (x) {
    case LONG_MIN: return 1;
    case -1000000000000: return 2;
    case -1: return 3;
    case 0: return 4;
    case 77: return 5;
    case 1ll << 40: return 6;
    case LONG_MAX: return 7;
    }
    return 0;
}

static int ranges(unsigned char c)
{
    switch (c) {
    case '0' ... '9': return c - '0';
    case 'a' ... 'f': return c - 'a' + 10;
    case 'A' ... 'F': return c - 'A' + 10;
    case 200 ... 255: return -2;
    default: return -1;
    }
}

/* Duff's device. */
static int copied(char *to, const char *from, int count)
{
    int rounds = (count + 7) / 8, written = 0;
    switch (count % 8) {
    case 0: do { *to++ = *from++; written++;
    case 7: *to++ = *from++; written++;
    case 6: *to++ = *from++; written++;
    case 5: *to++ = *from++; written++;
    case 4: *to++ = *from++; written++;
    case 3: *to++ = *from++; written++;
    case 2: *to++ = *from++; written++;
    case 1: *to++ = *from++; written++;
        } while (--rounds > 0);
    }
    return written;
}

static int machine(const char *text)
{
    enum { START, NUMBER, WORD, BLANK } state = START;
    int tokens = 0;
    for (; *text; text++) {
        switch (state) {
        case START:
        case BLANK:
            if (*text >= '0' && *text <= '9') { state = NUMBER; tokens += 1; }
            else if (*text != ' ') { state = WORD; tokens += 100; }
            continue;
        case NUMBER:
            if (*text == ' ') { state = BLANK; break; }
            if (*text < '0' || *text > '9') { state = WORD; tokens += 99; }
            break;
        case WORD:
            if (*text == ' ') state = BLANK;
        }
        tokens += 10000;
    }
    return tokens;
}

int main(void)
{
    for (int i = -3; i < 12; i++)
        printf("%d ", dense(i));
    long wide[] = { LONG_MIN, LONG_MIN + 1, -1000000000000, -1, 0, 1, 77, 78, 1l << 40, (1l << 40) + 1, LONG_MAX };
    for (unsigned i = 0; i < sizeof wide / sizeof *wide; i++)
        printf("%d ", sparse(wide[i]));
    unsigned sum = 0;
    for (int c = 0; c < 256; c++)
        sum = sum * 3 + (unsigned)ranges(c);
    char to[40] = { 0 };
    for (int i = 1; i < 30; i += 4)
        printf("%d %s ", copied(to, "the quick brown fox jumps over the lazy dog", i), to);
    printf("%u %d\n", sum, machine("12 apples 3x and 45 more"));
    return 0;
}
