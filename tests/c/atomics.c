/* Atomic operations of all widths and orders, alone and between threads. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

#define OPERATIONS(type, format)                                                                     \
    static void operations_##type(void)                                                              \
    {                                                                                                \
        _Atomic type a = 100;                                                                        \
        type seen[16];                                                                               \
        int n = 0;                                                                                   \
        seen[n++] = atomic_fetch_add(&a, 77);                                                        \
        seen[n++] = atomic_fetch_sub_explicit(&a, 200, memory_order_relaxed);                        \
        seen[n++] = atomic_fetch_and_explicit(&a, 0x7b, memory_order_acquire);                       \
        seen[n++] = atomic_fetch_or_explicit(&a, 0x15, memory_order_release);                        \
        seen[n++] = atomic_fetch_xor_explicit(&a, 0x3c, memory_order_acq_rel);                       \
        seen[n++] = atomic_exchange(&a, 9);                                                          \
        type expected = 8;                                                                           \
        seen[n++] = atomic_compare_exchange_strong(&a, &expected, 50);                               \
        seen[n++] = expected;                                                                        \
        seen[n++] = atomic_compare_exchange_strong(&a, &expected, 51);                               \
        seen[n++] = atomic_load_explicit(&a, memory_order_acquire);                                  \
        atomic_store_explicit(&a, 3, memory_order_release);                                          \
        seen[n++] = a++;                                                                             \
        seen[n++] = a *= 5;                                                                          \
        seen[n++] = __atomic_fetch_nand((type *)&a, 6, __ATOMIC_SEQ_CST);                            \
        seen[n++] = a;                                                                               \
        for (int i = 0; i < n; i++)                                                                  \
            printf(format " ", seen[i]);                                                             \
        printf("\n");                                                                                \
    }

OPERATIONS(int8_t, "%d")
OPERATIONS(uint16_t, "%d")
OPERATIONS(int32_t, "%d")
OPERATIONS(uint64_t, "%lu")

static atomic_int total;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static long guarded;
static _Atomic(void *) published;
static int data;

static void *work(void *argument)
{
    for (int i = 0; i < 20000; i++) {
        atomic_fetch_add_explicit(&total, 1, memory_order_relaxed);
        while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire))
            ;
        guarded += i;
        atomic_flag_clear_explicit(&lock, memory_order_release);
    }
    return argument;
}

static void *publish(void *argument)
{
    data = 42;
    atomic_thread_fence(memory_order_release);
    atomic_store(&published, argument);
    return 0;
}

int main(void)
{
    operations_int8_t();
    operations_uint16_t();
    operations_int32_t();
    operations_uint64_t();
    pthread_t threads[3];
    pthread_create(&threads[0], 0, work, 0);
    pthread_create(&threads[1], 0, work, 0);
    pthread_create(&threads[2], 0, publish, &data);
    int *seen;
    while (!(seen = atomic_load(&published)))
        ;
    printf("%d\n", *seen);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], 0);
    printf("%d %ld\n", total, guarded);
    return 0;
}
