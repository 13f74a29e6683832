// What the programs of this folder share. The failing side of each check calls a function of its own, named after the
// line, so that the object file tells which checks the compiler left.
#include <stddef.h>
#include <stdio.h>

#define NAME_OF_LINE(line) check_failed_##line
#define FAIL_AT(line)                             \
    do {                                          \
        extern void NAME_OF_LINE(line)(void)      \
            __attribute__((noreturn, cold));      \
        NAME_OF_LINE(line)();                     \
    } while (0)
#define CHECK(condition)                          \
    do {                                          \
        if (!(condition)) FAIL_AT(__LINE__);      \
    } while (0)

// Callers must not tell the function its arguments.
#define TESTED __attribute__((noinline))
