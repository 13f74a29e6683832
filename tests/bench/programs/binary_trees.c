/* Allocates and frees many binary trees of several depths while one long-lived tree stays.
   Argument: the greatest depth. */
#include <stdio.h>
#include <stdlib.h>

#define MIN_DEPTH 4

struct node {
    struct node *left, *right;
};

static struct node *make(int depth)
{
    struct node *n = malloc(sizeof *n);
    if (!n)
        abort();
    n->left = depth > 0 ? make(depth - 1) : NULL;
    n->right = depth > 0 ? make(depth - 1) : NULL;
    return n;
}

static int count(const struct node *n)
{
    return n ? 1 + count(n->left) + count(n->right) : 0;
}

static void destroy(struct node *n)
{
    if (!n)
        return;
    destroy(n->left);
    destroy(n->right);
    free(n);
}

static int count_and_destroy(struct node *n)
{
    int nodes = count(n);
    destroy(n);
    return nodes;
}

int main(int argc, char **argv)
{
    int max_depth = argc > 1 ? atoi(argv[1]) : 17;
    if (max_depth < MIN_DEPTH + 2)
        max_depth = MIN_DEPTH + 2;

    printf("stretch tree of depth %d: %d nodes\n", max_depth + 1,
           count_and_destroy(make(max_depth + 1)));
    struct node *long_lived = make(max_depth);
    for (int depth = MIN_DEPTH; depth <= max_depth; depth += 2) {
        int trees = 1 << (max_depth - depth + MIN_DEPTH);
        int nodes = 0;
        for (int i = 0; i < trees; i++)
            nodes += count_and_destroy(make(depth));
        printf("%d trees of depth %d: %d nodes\n", trees, depth, nodes);
    }
    printf("long lived tree of depth %d: %d nodes\n", max_depth, count(long_lived));
    destroy(long_lived);
    return 0;
}
