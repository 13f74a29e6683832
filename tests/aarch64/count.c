/* A plugin of qemu (version 1 of the interface, 7.2 and later) that counts executed instructions.

   `profile=FILE` also writes what was executed most, as lines of count, address and number of instructions of a
   block. The interface is declared here, since Debian's packages of the emulator bring no header. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct translated_block;

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct translated_block *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct translated_block *, int operation, void *counter, uint64_t by);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct translated_block *);
uint64_t qemu_plugin_tb_vaddr(const struct translated_block *);

struct block {
    uint64_t address, instructions, executed;
    struct block *next;
};

/* Blocks stay where they are, since translated code counts in them. */
static struct block *blocks;
static const char *profile;

/* A block that is translated again has another record. */
static void translated(plugin_id id, struct translated_block *code)
{
    struct block *block = calloc(1, sizeof *block);
    block->address = qemu_plugin_tb_vaddr(code);
    block->instructions = qemu_plugin_tb_n_insns(code);
    block->next = blocks;
    blocks = block;
    qemu_plugin_register_vcpu_tb_exec_inline(code, INLINE_ADD_U64, &block->executed, 1);
}

static void ended(plugin_id id, void *count_file)
{
    uint64_t total = 0;
    FILE *file = profile ? fopen(profile, "w") : NULL;
    for (struct block *block = blocks; block; block = block->next) {
        total += block->executed * block->instructions;
        if (file && block->executed)
            fprintf(file, "%" PRIu64 " %" PRIx64 " %" PRIu64 "\n", block->executed, block->address,
                    block->instructions);
    }
    if (file)
        fclose(file);
    file = fopen(count_file, "w");
    if (file) {
        fprintf(file, "%" PRIu64 "\n", total);
        fclose(file);
    }
}

/* Arguments: `count=FILE`, where the number goes, and `profile=FILE`. */
__attribute__((visibility("default")))
int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments)
{
    char *count_file = NULL;
    for (int number = 0; number < count; number++) {
        if (!strncmp(arguments[number], "count=", 6))
            count_file = strdup(arguments[number] + 6);
        else if (!strncmp(arguments[number], "profile=", 8))
            profile = strdup(arguments[number] + 8);
    }
    if (!count_file)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ended, count_file);
    return 0;
}
