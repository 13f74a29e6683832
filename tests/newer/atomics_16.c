/* Atomic accesses of 16 bytes: what each operation gives and leaves, and that no thread sees half of one. */
#include <pthread.h>
#include <stdio.h>

typedef unsigned __int128 u128;
typedef unsigned long long u64;

static _Alignas(16) u128 shared;
static _Alignas(16) __int128 least;

static void show(const char *name, u128 value)
{
    printf("%s %016llx%016llx\n", name, (u64)(value >> 64), (u64)value);
}

/* Both halves are always the same number. */
static u128 twice(u64 number)
{
    return (u128)number << 64 | number;
}

static void *count(void *torn)
{
    for (u64 i = 0; i < 20000; i++) {
        u128 seen = i & 1 ? __atomic_fetch_add(&shared, twice(1), __ATOMIC_SEQ_CST)
                          : __atomic_load_n(&shared, __ATOMIC_ACQUIRE);
        *(u64 *)torn += (u64)seen != (u64)(seen >> 64);
        u128 expected = seen;
        if (!(i & 1))
            while (!__atomic_compare_exchange_n(&shared, &expected, expected + twice(2), 0, __ATOMIC_ACQ_REL,
                                                __ATOMIC_ACQUIRE))
                *(u64 *)torn += (u64)expected != (u64)(expected >> 64);
    }
    return 0;
}

__attribute__((noinline)) static void single(u128 operand, __int128 number)
{
    show("exchange", __atomic_exchange_n(&shared, operand, __ATOMIC_SEQ_CST));
    show("add", __atomic_fetch_add(&shared, operand, __ATOMIC_RELAXED));
    show("sub", __atomic_sub_fetch(&shared, operand * 3, __ATOMIC_SEQ_CST));
    show("and", __atomic_fetch_and(&shared, operand, __ATOMIC_SEQ_CST));
    show("or", __atomic_or_fetch(&shared, operand << 3, __ATOMIC_SEQ_CST));
    show("xor", __atomic_fetch_xor(&shared, ~operand, __ATOMIC_SEQ_CST));
    show("nand", __atomic_nand_fetch(&shared, operand >> 5, __ATOMIC_SEQ_CST));
    show("left", __atomic_load_n(&shared, __ATOMIC_SEQ_CST));
    __atomic_store_n(&least, number, __ATOMIC_RELEASE);
    show("min", __atomic_fetch_min(&least, -number, __ATOMIC_SEQ_CST));
    show("max", __atomic_fetch_max(&least, number / 2, __ATOMIC_SEQ_CST));
    show("least", least);
    u128 expected = operand;
    int swapped = __atomic_compare_exchange_n(&shared, &expected, 5, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    printf("%d\n", swapped);
    show("seen", expected);
    swapped = __atomic_compare_exchange_n(&shared, &expected, 5, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    printf("%d\n", swapped);
    show("now", shared);
}

/* The frame has a base register of its own. */
__attribute__((noinline)) static u64 in_frame(int size)
{
    _Alignas(64) u128 place = twice(size);
    volatile char block[size];
    block[size - 1] = 1;
    u128 before = __atomic_fetch_add(&place, twice(block[size - 1]), __ATOMIC_SEQ_CST);
    return (u64)(before >> 64) + (u64)__atomic_load_n(&place, __ATOMIC_SEQ_CST);
}

int main(void)
{
    single(0x123456789abcdef0ull * (u128)0xfedcba9876543210ull, (__int128)1 << 70);
    single(-(u128)7, -5);
    printf("%llu\n", in_frame(40));
    shared = 0;
    pthread_t threads[3];
    u64 torn[3] = {0, 0, 0};
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], 0, count, &torn[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], 0);
    printf("%llu torn\n", torn[0] + torn[1] + torn[2]);
    show("counted", shared);
    return 0;
}
