// A vector with a length and a capacity.
#include "check.h"

struct vector {
    size_t length, capacity;
    int *items;
};

TESTED int push(struct vector *v, int item) {
    if (v->length >= v->capacity) return 0;
    size_t at = v->length;
    CHECK(at < v->capacity);
    v->items[at] = item;
    v->length = at + 1;
    CHECK(v->length <= v->capacity);
    CHECK(v->length > 0);
    return 1;
}

TESTED int append(struct vector *v, const int *items, size_t count) {
    if (v->length > v->capacity || count > v->capacity - v->length) return 0;
    for (size_t i = 0; i < count; i++) {
        CHECK(v->length + i < v->capacity);
        v->items[v->length + i] = items[i];
    }
    v->length += count;
    CHECK(v->length <= v->capacity);
    return 1;
}

int main(void) {
    int items[5] = {0}, more[3] = {7, 8, 9};
    struct vector v = {0, 5, items};
    int a = push(&v, 3), b = append(&v, more, 3), c = append(&v, more, 3), d = push(&v, 4), e = push(&v, 5);
    printf("%d %d %d %d %d %zu %d %d\n", a, b, c, d, e, v.length, items[1], items[4]);
}
