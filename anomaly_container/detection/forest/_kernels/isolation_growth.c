/* The growth of all trees of an isolation forest; the twin is in `isolation_growth.py`. */
#include "kernels.h"

#include <math.h>
#include <stdlib.h>

#define LARGEST_DRAW 2147483647.0
#define MOST_ROWS (1L << 30) /* of a tree: its nodes are counted in 32 bits */
#define MOST_EDGES 64        /* from the root: as deep as calls of `grow` nest */

typedef struct {
    const float *rows; /* (.., width) */
    long width, height, size;
    const double *paths;   /* (height + 1, size + 1): the path to a leaf, by its edges and rows */
    long long *order;      /* the rows of the tree; those of a node stand side by side */
    long *features, *constants;
    float *column; /* (size,): the values of the feature drawn last */
    uint32_t state;
    int32_t *feature, *left; /* of the nodes of the tree, as `Trees` has them */
    float *threshold;
    double *path;
    int32_t nodes, room;
} tree;

/* The next number of xorshift32 below 2^31 (Marsaglia, Journal of Statistical Software 8, 2003). */
static uint32_t draw(tree *t)
{
    t->state ^= t->state << 13;
    t->state ^= t->state >> 17;
    t->state ^= t->state << 5;
    return t->state & 0x7fffffffU;
}

static void swap(long *features, long a, long b)
{
    long kept = features[a];
    features[a] = features[b];
    features[b] = kept;
}

static float smaller(float a, float b) { return a < b ? a : b; }
static float larger(float a, float b) { return a > b ? a : b; }

/* Whether a feature varies over the rows of a node, and from where to where. Its values are noted in `column`. Two minima
   and maxima side by side do not wait for each other. */
static int varies(tree *t, long start, long end, long feature, float *low, float *high)
{
    const float *values = t->rows + feature;
    float *column = t->column, first = values[t->order[start] * t->width];
    float least = first, most = first, odd_least = first, odd_most = first;
    for (long place = start; place < end; place++)
        column[place] = values[t->order[place] * t->width];
    for (long place = start; place + 1 < end; place += 2) {
        least = smaller(column[place], least), most = larger(column[place], most);
        odd_least = smaller(column[place + 1], odd_least), odd_most = larger(column[place + 1], odd_most);
    }
    *low = smaller(column[end - 1], smaller(least, odd_least));
    *high = larger(column[end - 1], larger(most, odd_most));
    return *high > *low + 1e-7f;
}

/* Draw features until one varies over the rows; return it, or -1. `constant` of them are known not to, and stand at the front
   of `features`; those found on the way join them. */
static long draw_feature(tree *t, long start, long end, long constant, long *found, float *low, float *high)
{
    long *features = t->features, drawn = 0;
    for (*found = 0; constant + *found < t->width;) {
        long j = drawn + (long)(draw(t) % (uint32_t)(t->width - *found - drawn));
        if (j < constant) {
            swap(features, drawn++, j);
            continue;
        }
        j += *found;
        if (varies(t, start, end, features[j], low, high)) {
            swap(features, t->width - 1, j);
            return features[t->width - 1];
        }
        swap(features, j, constant + (*found)++);
    }
    return -1;
}

/* A threshold between two values, rounded down to single precision: a value is at most the one if at most the other. */
static float draw_threshold(tree *t, double low, double high)
{
    double drawn = (high - low) * (double)draw(t) / LARGEST_DRAW + low;
    if (drawn == high)
        drawn = low;
    float single = (float)drawn;
    return (double)single > drawn ? nextafterf(single, -INFINITY) : single;
}

/* Move the rows whose value in `column` is at most the threshold to the front; return where the others begin. Every row is
   exchanged, if only with itself, so that no jump has to be guessed. */
static long part(tree *t, long start, long end, float threshold)
{
    long middle = start;
    for (long place = start; place < end; place++) {
        long long row = t->order[place];
        t->order[place] = t->order[middle];
        t->order[middle] = row;
        middle += t->column[place] <= threshold;
    }
    return middle;
}

/* A leaf until it is split. */
static void add_node(tree *t, long depth, long rows)
{
    int32_t node = t->nodes++;
    t->feature[node] = 0;
    t->threshold[node] = NAN;
    t->left[node] = node - 1;
    t->path[node] = t->paths[depth * (t->size + 1) + rows];
}

/* Split a node and what is below it, the left child first. Not deeper than `height`. */
static void grow(tree *t, int32_t node, long start, long end, long depth, long constant)
{
    /* Only values that are not finite, which the caller refuses, leave a child without rows and could use up the room. */
    if (depth >= t->height || end - start < 2 || t->nodes + 2 > t->room)
        return;
    long found, *features = t->features, *constants = t->constants;
    float low, high, threshold = 0.0f;
    long feature = draw_feature(t, start, end, constant, &found, &low, &high);
    if (feature >= 0)
        threshold = draw_threshold(t, low, high);
    for (long k = 0; k < constant; k++)
        features[k] = constants[k];
    for (long k = constant; k < constant + found; k++)
        constants[k] = features[k];
    if (feature < 0)
        return;
    long middle = part(t, start, end, threshold);
    int32_t left = t->nodes;
    add_node(t, depth + 1, middle - start);
    add_node(t, depth + 1, end - middle);
    t->feature[node] = (int32_t)feature;
    t->threshold[node] = threshold;
    t->left[node] = left;
    t->path[node] = 0.0;
    grow(t, left, start, middle, depth + 1, constant + found);
    grow(t, left + 1, middle, end, depth + 1, constant + found);
}

/* grow_isolation(rows, chosen, seeds, paths, width, height, feature, threshold, left, path): rows is (n, width) float32,
   chosen (t, m) int64 with the rows of each tree, seeds (t,) uint32, none of them 0, paths (height + 1, m + 1) float64; feature and
   left, (t, 2 m - 1) int32, threshold, float32, and path, float64, are filled, and chosen is put in another order. */
PyObject *grow_isolation(PyObject *module, PyObject *args)
{
    Py_buffer rows, chosen, seeds, paths, feature, threshold, left, path;
    long width, height;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*w*y*y*llw*w*w*w*", &rows, &chosen, &seeds, &paths, &width, &height, &feature, &threshold,
                          &left, &path))
        return NULL;
    long trees = (long)(seeds.len / (Py_ssize_t)sizeof(uint32_t)), size = 0;
    if (trees > 0)
        size = (long)(chosen.len / (Py_ssize_t)sizeof(long long)) / trees;
    long long *order = chosen.buf, entries = (long long)trees * size, nodes = (long long)trees * (2 * size - 1);
    int fits = size >= 1 && size < MOST_ROWS && width >= 1 && width <= INT32_MAX && height >= 0 && height <= MOST_EDGES;
    fits = fits && paths.len == (height + 1) * (size + 1) * (Py_ssize_t)sizeof(double);
    fits = fits && chosen.len == entries * (Py_ssize_t)sizeof(long long) && path.len == nodes * (Py_ssize_t)sizeof(double);
    fits = fits && feature.len == nodes * 4 && threshold.len == nodes * 4 && left.len == nodes * 4;
    long long count = fits ? rows.len / (Py_ssize_t)sizeof(float) / width : 0;
    for (long long k = 0; fits && k < entries; k++)
        fits = order[k] >= 0 && order[k] < count;
    long *features = fits ? malloc(2 * (size_t)width * sizeof(long)) : NULL;
    float *column = fits ? malloc((size_t)size * sizeof(float)) : NULL;
    if (features && column) {
        Py_BEGIN_ALLOW_THREADS
        for (long k = 0; k < trees; k++) {
            long first = k * (2 * size - 1);
            tree t = {rows.buf, width, height, size, paths.buf, order + k * size, features, features + width, column,
                      ((const uint32_t *)seeds.buf)[k], (int32_t *)feature.buf + first, (int32_t *)left.buf + first,
                      (float *)threshold.buf + first, (double *)path.buf + first, 0, (int32_t)(2 * size - 1)};
            for (long j = 0; j < width; j++)
                features[j] = j;
            add_node(&t, 0, size);
            grow(&t, 0, 0, size, 0, 0);
            while (t.nodes < 2 * size - 1)
                add_node(&t, 0, 0);
        }
        Py_END_ALLOW_THREADS
    }
    int ran_out = fits && !(features && column);
    free(features), free(column);
    PyBuffer_Release(&rows), PyBuffer_Release(&chosen), PyBuffer_Release(&seeds), PyBuffer_Release(&paths);
    PyBuffer_Release(&feature), PyBuffer_Release(&threshold), PyBuffer_Release(&left), PyBuffer_Release(&path);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "a chosen row is not there, or the arrays are for other trees"), NULL;
    if (ran_out)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}
