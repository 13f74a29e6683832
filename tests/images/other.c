// What clang compiles: it uses what sonc compiled, and the other way round.
extern int shared;
extern const char *names[];
int external_data = 42;
const char **first_name = names;
int helper(int x) { return x + shared; }
int printf(const char *format, ...) { return format[0]; }
