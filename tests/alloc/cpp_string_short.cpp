// A text that fits into its string.
#include "support/rounds.hpp"
#include <string>
static uint64_t one_round(uint64_t i) {
    std::string text("north");
    return text.size() + (uint64_t)text[i % 5];
}
