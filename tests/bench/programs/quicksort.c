/* Quicksort with median of three and insertion sort for short ranges: integers directly,
   then records through a comparison function. Argument: number of elements in thousands. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SHORT_RANGE 12

struct record {
    int32_t key;
    uint32_t serial;
    double weight;
};

typedef int (*compare_fn)(const struct record *, const struct record *);

static uint32_t random_state = 42;

static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void swap_ints(int32_t *a, int32_t *b)
{
    int32_t t = *a;
    *a = *b;
    *b = t;
}

static void insertion_sort(int32_t *v, long n)
{
    for (long i = 1; i < n; i++) {
        int32_t x = v[i];
        long j = i;
        for (; j > 0 && v[j - 1] > x; j--)
            v[j] = v[j - 1];
        v[j] = x;
    }
}

static void sort_ints(int32_t *v, long n)
{
    while (n > SHORT_RANGE) {
        long mid = n / 2, last = n - 1;
        if (v[mid] < v[0])
            swap_ints(&v[mid], &v[0]);
        if (v[last] < v[0])
            swap_ints(&v[last], &v[0]);
        if (v[last] < v[mid])
            swap_ints(&v[last], &v[mid]);
        int32_t pivot = v[mid];
        long i = 0, j = last;
        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i <= j)
                swap_ints(&v[i++], &v[j--]);
        }
        sort_ints(v, j + 1);
        v += i;
        n -= i;
    }
    insertion_sort(v, n);
}

static int by_key(const struct record *a, const struct record *b)
{
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->serial < b->serial ? -1 : a->serial > b->serial;
}

static int by_weight(const struct record *a, const struct record *b)
{
    return (a->weight > b->weight) - (a->weight < b->weight);
}

static void sort_records(struct record *v, long n, compare_fn compare)
{
    while (n > 1) {
        struct record pivot = v[n / 2];
        long i = 0, j = n - 1;
        while (i <= j) {
            while (compare(&v[i], &pivot) < 0)
                i++;
            while (compare(&v[j], &pivot) > 0)
                j--;
            if (i <= j) {
                struct record t = v[i];
                v[i++] = v[j];
                v[j--] = t;
            }
        }
        sort_records(v, j + 1, compare);
        v += i;
        n -= i;
    }
}

static uint32_t checksum_ints(const int32_t *v, long n)
{
    uint32_t sum = 0;
    for (long i = 0; i < n; i++) {
        if (i > 0 && v[i - 1] > v[i])
            printf("out of order at %ld\n", i);
        sum = sum * 31 + (uint32_t)v[i];
    }
    return sum;
}

static uint32_t checksum_records(const struct record *v, long n, compare_fn compare)
{
    uint32_t sum = 0;
    for (long i = 0; i < n; i++) {
        if (i > 0 && compare(&v[i - 1], &v[i]) > 0)
            printf("out of order at %ld\n", i);
        sum = sum * 31 + v[i].serial;
    }
    return sum;
}

int main(int argc, char **argv)
{
    long n = (argc > 1 ? atoi(argv[1]) : 2500) * 1000L, few = n / 2;
    int32_t *ints = malloc(n * sizeof *ints);
    struct record *records = malloc(few * sizeof *records);
    if (!ints || !records)
        return 1;
    for (long i = 0; i < n; i++)
        ints[i] = (int32_t)next_random();
    for (long i = 0; i < few; i++) {
        records[i].key = (int32_t)(next_random() % 1000);
        records[i].serial = (uint32_t)i;
        records[i].weight = next_random() / 7.0;
    }
    sort_ints(ints, n);
    printf("integers  %08x\n", checksum_ints(ints, n));
    sort_records(records, few, by_key);
    printf("by key    %08x\n", checksum_records(records, few, by_key));
    sort_records(records, few, by_weight);
    printf("by weight %08x\n", checksum_records(records, few, by_weight));
    free(ints);
    free(records);
    return 0;
}
