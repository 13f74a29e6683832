// A text class that holds short texts itself and longer ones on the heap: this one is long.
#include "support/rounds.hpp"
#include <cstring>
class text {
    char *bytes;
    size_t length;
    char own[16];

  public:
    text(const char *from, size_t count) : bytes(own), length(count) {
        if (count >= sizeof own)
            bytes = new char[count + 1];
        std::memcpy(bytes, from, count);
        bytes[count] = 0;
    }
    text(const text &) = delete;
    ~text() {
        if (bytes != own)
            delete[] bytes;
    }
    size_t size() const { return length; }
    char &operator[](size_t at) { return bytes[at]; }
};
static uint64_t one_round(uint64_t i) {
    text t("twenty letters: abcd", 20);
    t[3] = (char)('a' + i % 26);
    return t.size() + (uint64_t)t[3] * 7 + (uint64_t)t[4];
}
