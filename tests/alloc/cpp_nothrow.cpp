// An allocation that may fail.
#include "support/rounds.hpp"
#include <new>
struct pair {
    uint64_t first, second;
};
static uint64_t one_round(uint64_t i) {
    pair *p = new (std::nothrow) pair{i, i * 5};
    if (!p)
        return 0;
    uint64_t result = p->first ^ p->second;
    delete p;
    return result;
}
