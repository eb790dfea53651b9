/* The growth of the trees of a random cut forest; the twin is in `random_cut/growth.py`. */
#include "random_cut.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rows of a node that is still to be made, and the place that will name it. */
typedef struct {
    int32_t *link;
    int32_t start, end;
} task;

typedef struct {
    double *values; /* (places, padded): the rows of the tree */
    int32_t *order; /* those of a node stand side by side */
    task *tasks;    /* never more than one for each leaf */
} workshop;

/* Draw rows without replacement, in their order, until there are enough. */
static int32_t sample_rows(const cut_tree *tree, const double *rows, long count, uint64_t *state, double *values)
{
    long wanted = count < tree->places ? count : tree->places, taken = 0;
    for (long i = 0; i < count && taken < wanted; i++)
        if (draw_cut(state) * (double)(count - i) < (double)(wanted - taken))
            memcpy(values + taken++ * tree->padded, rows + i * tree->padded, (size_t)tree->padded * sizeof(double));
    return (int32_t)taken;
}

static void enclose(const workshop *shop, task t, long padded, double *low, double *high)
{
    for (long first = 0; first < padded; first += LANES) {
        double least[LANES], most[LANES];
        const double *column = shop->values + first;
        for (long k = 0; k < LANES; k++)
            least[k] = most[k] = column[shop->order[t.start] * padded + k];
        for (int32_t i = t.start + 1; i < t.end; i++)
            for (long k = 0; k < LANES; k++) {
                double value = column[shop->order[i] * padded + k];
                least[k] = value < least[k] ? value : least[k];
                most[k] = value > most[k] ? value : most[k];
            }
        for (long k = 0; k < LANES; k++)
            low[first + k] = least[k], high[first + k] = most[k];
    }
}

/* Move the rows that go left to the front; return where the others begin. */
static int32_t part(const workshop *shop, task t, long padded, int32_t column, double cut)
{
    int32_t middle = t.start;
    for (int32_t i = t.start; i < t.end; i++) {
        int32_t row = shop->order[i];
        shop->order[i] = shop->order[middle];
        shop->order[middle] = row;
        middle += shop->values[row * padded + column] <= cut;
    }
    return middle;
}

/* Make node after node, the left child first. */
static void grow(const cut_tree *tree, const workshop *shop, int32_t count, uint64_t *state)
{
    const long padded = tree->padded;
    int32_t nodes = 0, leaves = 0, waiting = 0;
    shop->tasks[waiting++] = (task){tree->root, 0, count};
    while (waiting) {
        task t = shop->tasks[--waiting];
        /* The last leaf comes when all places for nodes are taken. */
        const double *row = shop->values + shop->order[t.start] * padded;
        double *low = tree->boxes + (long)nodes * 2 * padded, *high = low + padded, total = 0.0;
        if (t.end - t.start > 1 && nodes < tree->node_places) {
            enclose(shop, t, padded, low, high);
            total = sum_of_sides(low, high, tree->width);
        }
        if (!(total > 0.0 && isfinite(total))) {
            *t.link = ~leaves;
            tree->masses[leaves] = t.end - t.start;
            memcpy(tree->points + (long)leaves++ * padded, row, (size_t)padded * sizeof(double));
            continue;
        }
        cut_node *node = tree->nodes + nodes;
        *t.link = nodes++;
        *node = (cut_node){0.0, total, 0, t.end - t.start, 0, 0};
        node->cut = choose_cut(low, high, tree->width, state, &node->column);
        int32_t middle = part(shop, t, padded, node->column, node->cut);
        shop->tasks[waiting++] = (task){&node->right, middle, t.end};
        shop->tasks[waiting++] = (task){&node->left, t.start, middle};
    }
}

/* grow_random_cut(rows, trees, states): rows is (n, padded) float64, n >= 1, finite; the arrays of the trees, zeros, are filled from
   a sample of the rows each; states, (trees,) uint64, are those of the generators, and go on. */
PyObject *grow_random_cut(PyObject *module, PyObject *args)
{
    Py_buffer rows, states;
    cut_forest forest;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*" FOREST "w*", &rows, FOREST_FIELDS(forest), &states))
        return NULL;
    int fits = forest_fits(&forest) && states.len == (Py_ssize_t)sizeof(uint64_t) * forest.trees;
    const Py_ssize_t row_size = fits ? forest.padded * (Py_ssize_t)sizeof(double) : 1;
    long count = (long)(rows.len / row_size);
    fits = fits && count >= 1 && rows.len % row_size == 0;
    size_t places = fits ? (size_t)forest.places : 1;
    workshop shop = {malloc(places * (size_t)row_size), malloc(places * sizeof(int32_t)), malloc((places + 1) * sizeof(task))};
    int ran_out = !(shop.values && shop.order && shop.tasks);
    if (fits && !ran_out) {
        Py_BEGIN_ALLOW_THREADS
        for (long k = 0; k < forest.trees; k++) {
            const cut_tree tree = tree_of(&forest, k);
            uint64_t *state = (uint64_t *)states.buf + k;
            int32_t sampled = sample_rows(&tree, rows.buf, count, state, shop.values);
            for (int32_t i = 0; i < sampled; i++)
                shop.order[i] = i;
            grow(&tree, &shop, sampled, state);
        }
        Py_END_ALLOW_THREADS
    }
    free(shop.values), free(shop.order), free(shop.tasks);
    release_forest(&forest);
    PyBuffer_Release(&rows), PyBuffer_Release(&states);
    if (ran_out)
        return PyErr_NoMemory();
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "the arrays are for other rows or trees"), NULL;
    Py_RETURN_NONE;
}
