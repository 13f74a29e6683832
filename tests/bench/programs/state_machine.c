/* A scanner of program text as a state machine: counts identifiers, numbers, strings,
   comments, operators and lines of a generated source. Argument: text size in kilobytes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum state {
    START, IDENTIFIER, INTEGER, FRACTION, EXPONENT, STRING, ESCAPE, SLASH, LINE_COMMENT,
    BLOCK_COMMENT, BLOCK_STAR, OPERATOR
};

struct counts {
    uint32_t identifiers, integers, floats, strings, comments, operators, lines, errors;
    uint32_t hash;
};

static uint32_t random_state = 99;

static uint32_t next_random(uint32_t range)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % range;
}

static char *generate(size_t size)
{
    static const char *const pieces[] = {
        "while", "(index < 10)", " { total += value[index]; }\n", "return", " ", "\n", "x1", "_name",
        "3.14159", "42", "1e-9", "\"a string\"", "\"with \\\" escape\"", "// a comment\n",
        "/* block\n comment **/", "a/b", " == ", "->", "0x1f", "function(argument, other)", ";\n",
        "    ", "if (a && !b)", "6.02e23", "$",
    };
    const int count = sizeof pieces / sizeof *pieces;
    char *text = malloc(size + 1);
    if (!text)
        abort();
    size_t n = 0;
    while (n < size) {
        const char *p = pieces[next_random(count)];
        while (*p && n < size)
            text[n++] = *p++;
    }
    text[n] = 0;
    return text;
}

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The state after the first character of a token; errors are counted at once. */
static enum state begin(char c, struct counts *n)
{
    if (is_letter(c))
        return IDENTIFIER;
    if (is_digit(c))
        return INTEGER;
    switch (c) {
    case ' ':
    case '\t':
        return START;
    case '\n':
        n->lines++;
        return START;
    case '"':
        return STRING;
    case '/':
        return SLASH;
    case '+': case '-': case '*': case '=': case '<': case '>': case '!': case '&': case '|':
    case '.': case ',': case ';': case '(': case ')': case '[': case ']': case '{': case '}':
        return OPERATOR;
    default:
        n->errors++;
        return START;
    }
}

static uint32_t mix(uint32_t hash, uint32_t token)
{
    return (hash ^ token) * 16777619u;
}

static struct counts scan(const char *text)
{
    struct counts n = {0};
    n.hash = 2166136261u;
    enum state state = START;
    for (; *text; text++) {
        char c = *text;
        switch (state) {
        case START:
            state = begin(c, &n);
            break;
        case IDENTIFIER:
            n.hash = mix(n.hash, (uint8_t)c);
            if (!is_letter(c) && !is_digit(c)) {
                n.identifiers++;
                state = begin(c, &n);
            }
            break;
        case INTEGER:
            if (c == '.') {
                state = FRACTION;
            } else if (c == 'e' || c == 'E') {
                state = EXPONENT;
            } else if (!is_digit(c)) {
                n.integers++;
                state = begin(c, &n);
            }
            break;
        case FRACTION:
            if (c == 'e' || c == 'E') {
                state = EXPONENT;
            } else if (!is_digit(c)) {
                n.floats++;
                state = begin(c, &n);
            }
            break;
        case EXPONENT:
            if (!is_digit(c) && c != '-' && c != '+') {
                n.floats++;
                state = begin(c, &n);
            }
            break;
        case STRING:
            if (c == '\\') {
                state = ESCAPE;
            } else if (c == '"') {
                n.strings++;
                state = START;
            } else if (c == '\n') {
                n.errors++;
                n.lines++;
                state = START;
            }
            break;
        case ESCAPE:
            state = STRING;
            break;
        case SLASH:
            if (c == '/') {
                state = LINE_COMMENT;
            } else if (c == '*') {
                state = BLOCK_COMMENT;
            } else {
                n.operators++;
                state = begin(c, &n);
            }
            break;
        case LINE_COMMENT:
            if (c == '\n') {
                n.comments++;
                n.lines++;
                state = START;
            }
            break;
        case BLOCK_COMMENT:
            n.lines += c == '\n';
            if (c == '*')
                state = BLOCK_STAR;
            break;
        case BLOCK_STAR:
            n.lines += c == '\n';
            if (c == '/') {
                n.comments++;
                state = START;
            } else if (c != '*') {
                state = BLOCK_COMMENT;
            }
            break;
        case OPERATOR:
            n.operators++;
            n.hash = mix(n.hash, state);
            state = begin(c, &n);
            break;
        }
    }
    return n;
}

int main(int argc, char **argv)
{
    size_t size = (size_t)(argc > 1 ? atoi(argv[1]) : 16 * 1024) * 1024;
    char *text = generate(size);
    uint32_t hash = 0;
    struct counts n = {0};
    for (int pass = 0; pass < 8; pass++) {
        text[next_random((uint32_t)size)] = '\n';
        n = scan(text);
        hash = hash * 31 + n.hash;
    }
    printf("identifiers %u\nintegers %u\nfloats %u\nstrings %u\n", n.identifiers, n.integers,
           n.floats, n.strings);
    printf("comments %u\noperators %u\nlines %u\nerrors %u\n", n.comments, n.operators, n.lines,
           n.errors);
    printf("hash %08x\n", hash);
    free(text);
    return 0;
}
