// What the C++ programs share: a main that runs so many rounds and prints a sum over them.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>

static uint64_t one_round(uint64_t i);

int main(int argc, char **argv) {
    uint64_t rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < rounds; i++)
        sum = sum * 31 + one_round(i);
    std::printf("%llu\n", (unsigned long long)sum);
    return 0;
}
