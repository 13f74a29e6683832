// Two short strings are joined.
#include "support/rounds.hpp"
#include <string>
static uint64_t one_round(uint64_t i) {
    std::string name = "n";
    name += (char)('a' + i % 26);
    return name.size() + (uint64_t)name[1];
}
