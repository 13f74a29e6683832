/* The runtime of a language with managed objects: it allocates, and prints the state where compiled code is left. The
   table that it reads is described in codegen/src/managed/table.rs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t allocations;

/* The first word of an object is the number of its shape. */
void *allocate(uint64_t bytes, uint64_t id) {
    uint64_t *object = calloc(1, bytes);
    allocations++;
    object[0] = id;
    return object;
}

/* An object of the state that is not allocated. */
struct described {
    uint64_t address;
    uint64_t shape;
    uint64_t count;
    const uint64_t *parts;
};

enum { MOST = 64 };

static const uint64_t *values;
static struct described described[MOST];
static uint64_t described_count;
static uint64_t known[MOST];
static uint64_t known_count;

static uint64_t word_of(uint64_t value) { return values[value & 0xffffffff]; }
static unsigned width_of(uint64_t value) { return value >> 32 & 0xffff; }
static unsigned kind_of(uint64_t value) { return value >> 48; }

static void print_integer(uint64_t bits, unsigned width) {
    unsigned unused = 64 - width;
    printf(" %" PRId64, (int64_t)(bits << unused) >> unused);
}

/* A Point, allocated or not: the same words. */
static void print_point(uint64_t address) {
    for (uint64_t i = 0; i < described_count; i++) {
        if (described[i].address == address) {
            for (uint64_t part = 0; part < described[i].count; part++) {
                uint64_t value = described[i].parts[part];
                print_integer(word_of(value), width_of(value));
            }
            return;
        }
    }
    const int32_t *fields = (const int32_t *)address + 2;
    printf(" %d %d", fields[0], fields[1]);
}

static void print_reference(uint64_t address) {
    for (uint64_t i = 0; i < known_count; i++) {
        if (known[i] == address) {
            printf(" #%" PRIu64, i);
            return;
        }
    }
    printf(" #%" PRIu64 " Point(", known_count);
    known[known_count++] = address;
    print_point(address);
    printf(" )");
}

void deoptimize(const uint64_t *state, const uint64_t *buffer) {
    values = buffer;
    uint64_t frames = state[0];
    described_count = state[1];
    const uint64_t *at = state + 2;
    for (uint64_t frame = 0; frame < frames; frame++) {
        at += 3 + at[2];
    }
    for (uint64_t object = 0; object < described_count; object++) {
        described[object] = (struct described){word_of(at[0]), at[1], at[2], at + 3};
        at += 3 + at[2];
    }
    at = state + 2;
    for (uint64_t frame = 0; frame < frames; frame++) {
        printf("left %s at %" PRIu64 ":", (const char *)at[0], at[1]);
        for (uint64_t i = 0; i < at[2]; i++) {
            uint64_t value = at[3 + i];
            if (kind_of(value) == 2) {
                print_reference(word_of(value));
            } else {
                print_integer(word_of(value), width_of(value));
            }
        }
        printf("\n");
        at += 3 + at[2];
    }
    exit(0);
}
