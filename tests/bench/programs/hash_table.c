/* A hash table from strings to counters: open addressing, growth, deletion, and a second
   one with chains of heap nodes. Argument: number of operations in thousands. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_SIZE 16
#define CHAINS 4096

struct entry {
    char key[KEY_SIZE];
    uint32_t hash;
    int32_t count;
    enum { EMPTY, USED, DELETED } state;
};

struct table {
    struct entry *entries;
    uint32_t capacity, used, filled;
};

struct link {
    struct link *next;
    char key[KEY_SIZE];
    int32_t count;
};

static uint32_t random_state = 7;

static uint32_t next_random(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8;
}

/* Few keys are frequent, most are rare. */
static void random_key(char *key, uint32_t range)
{
    uint32_t value = next_random() % range;
    value = next_random() & 1 ? value % (range / 16 + 1) : value;
    int n = 0;
    key[n++] = 'k';
    do {
        key[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    key[n] = 0;
}

static uint32_t hash_string(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s; s++)
        h = (h ^ (uint8_t)*s) * 16777619u;
    return h;
}

static void init(struct table *t, uint32_t capacity)
{
    t->entries = calloc(capacity, sizeof *t->entries);
    if (!t->entries)
        abort();
    t->capacity = capacity;
    t->used = t->filled = 0;
}

/* The entry of the key, or the free one where it would go. */
static struct entry *find(struct table *t, const char *key, uint32_t hash)
{
    struct entry *free_entry = NULL;
    for (uint32_t i = hash & (t->capacity - 1);; i = (i + 1) & (t->capacity - 1)) {
        struct entry *e = &t->entries[i];
        if (e->state == EMPTY)
            return free_entry ? free_entry : e;
        if (e->state == DELETED) {
            if (!free_entry)
                free_entry = e;
        } else if (e->hash == hash && strcmp(e->key, key) == 0) {
            return e;
        }
    }
}

static void grow(struct table *t)
{
    struct table bigger;
    init(&bigger, t->used * 4 > t->capacity ? t->capacity * 2 : t->capacity);
    for (uint32_t i = 0; i < t->capacity; i++) {
        struct entry *e = &t->entries[i];
        if (e->state == USED) {
            *find(&bigger, e->key, e->hash) = *e;
            bigger.used++;
        }
    }
    bigger.filled = bigger.used;
    free(t->entries);
    *t = bigger;
}

static void add(struct table *t, const char *key)
{
    uint32_t hash = hash_string(key);
    struct entry *e = find(t, key, hash);
    if (e->state == USED) {
        e->count++;
        return;
    }
    if (e->state == EMPTY)
        t->filled++;
    strcpy(e->key, key);
    e->hash = hash;
    e->count = 1;
    e->state = USED;
    t->used++;
    if (t->filled * 4 > t->capacity * 3)
        grow(t);
}

static int remove_key(struct table *t, const char *key)
{
    struct entry *e = find(t, key, hash_string(key));
    if (e->state != USED)
        return 0;
    e->state = DELETED;
    t->used--;
    return 1;
}

static void add_chained(struct link **chains, const char *key)
{
    struct link **p = &chains[hash_string(key) % CHAINS];
    for (; *p; p = &(*p)->next) {
        if (strcmp((*p)->key, key) == 0) {
            (*p)->count++;
            return;
        }
    }
    *p = calloc(1, sizeof **p);
    if (!*p)
        abort();
    strcpy((*p)->key, key);
    (*p)->count = 1;
}

static void open_addressing(uint32_t operations)
{
    struct table t;
    init(&t, 16);
    uint32_t removed = 0;
    char key[KEY_SIZE];
    for (uint32_t i = 0; i < operations; i++) {
        random_key(key, operations / 8 + 10);
        if (next_random() % 4 == 0)
            removed += remove_key(&t, key);
        else
            add(&t, key);
    }
    uint64_t sum = 0;
    for (uint32_t i = 0; i < t.capacity; i++)
        if (t.entries[i].state == USED)
            sum += (uint64_t)t.entries[i].hash * t.entries[i].count;
    printf("open: %u keys, %u removed, checksum %llx\n", t.used, removed, (unsigned long long)sum);
    free(t.entries);
}

static void chained(uint32_t operations)
{
    static struct link *chains[CHAINS];
    char key[KEY_SIZE];
    for (uint32_t i = 0; i < operations; i++) {
        random_key(key, CHAINS * 2);
        add_chained(chains, key);
    }
    uint64_t sum = 0;
    uint32_t keys = 0, longest = 0;
    for (uint32_t i = 0; i < CHAINS; i++) {
        uint32_t length = 0;
        while (chains[i]) {
            struct link *l = chains[i];
            sum += (uint64_t)hash_string(l->key) * l->count;
            length++;
            chains[i] = l->next;
            free(l);
        }
        keys += length;
        longest = length > longest ? length : longest;
    }
    printf("chained: %u keys, longest chain %u, checksum %llx\n", keys, longest,
           (unsigned long long)sum);
}

int main(int argc, char **argv)
{
    uint32_t operations = (argc > 1 ? atoi(argv[1]) : 5000) * 1000u;
    open_addressing(operations);
    chained(operations);
    return 0;
}
