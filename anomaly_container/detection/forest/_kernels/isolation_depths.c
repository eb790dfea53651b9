/* The depth of rows in all trees of an isolation forest; the twin is in `isolation_depths.py`. */
#include "kernels.h"

#include <stdlib.h>

/* Rows that go down a tree side by side: none waits for the comparison of another. */
#define LANES 8
/* Rows that pass through all trees before the next ones do: they and one tree stay in the fastest cache. */
#define CHUNK 512

typedef struct {
    float threshold;
    int32_t feature, left;
} node;

/* Copy the nodes of all trees; return whether all of them name a feature and nodes that are there. */
static int pack(const int32_t *feature, const float *threshold, const int32_t *left, long trees, long nodes, long width,
                node *packed)
{
    int fits = 1;
    for (long k = 0; k < trees * nodes; k++) {
        packed[k] = (node){threshold[k], feature[k], left[k]};
        fits &= feature[k] >= 0 && feature[k] < width && left[k] >= -1 && left[k] < nodes - 1;
    }
    return fits;
}

/* Add the depths of some rows in one tree. A leaf has no threshold: nothing is at most NaN, and the right child of a leaf is
   the leaf itself. So every row takes the same number of steps, and no jump has to be guessed. */
static void descend(const node *tree, const double *path, long height, const float *rows, long width, long count, double *sums)
{
    for (long first = 0; first < count; first += LANES) {
        long last = count - 1 - first, at[LANES] = {0};
        const float *row[LANES];
        for (long lane = 0; lane < LANES; lane++)
            row[lane] = rows + (first + (lane < last ? lane : last)) * width;
        for (long step = 0; step < height; step++)
            for (long lane = 0; lane < LANES; lane++) {
                const node *here = tree + at[lane];
                at[lane] = here->left + !(row[lane][here->feature] <= here->threshold);
            }
        for (long lane = 0; lane < LANES && lane <= last; lane++)
            sums[first + lane] += path[at[lane]];
    }
}

/* isolation_depths(rows, feature, threshold, left, path, width, height, trees, sums): rows is (n, width) float32, feature and
   left (trees, k) int32, threshold float32, path float64; sums, (n,) float64, is filled. */
PyObject *isolation_depths(PyObject *module, PyObject *args)
{
    Py_buffer rows, feature, threshold, left, path, sums;
    long width, height, trees;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*lllw*", &rows, &feature, &threshold, &left, &path, &width, &height, &trees, &sums))
        return NULL;
    long count = (long)(sums.len / (Py_ssize_t)sizeof(double));
    long nodes = trees >= 1 ? (long)(path.len / (Py_ssize_t)sizeof(double)) / trees : 0;
    int fits = nodes >= 1 && width >= 1 && path.len == (Py_ssize_t)sizeof(double) * trees * nodes;
    fits = fits && feature.len == 4 * trees * nodes && threshold.len == feature.len && left.len == feature.len;
    fits = fits && rows.len / (Py_ssize_t)sizeof(float) / width == count && rows.len == 4 * width * count;
    node *packed = fits ? malloc((size_t)(trees * nodes) * sizeof(node)) : NULL;
    int ran_out = fits && !packed;
    if (packed) {
        Py_BEGIN_ALLOW_THREADS
        fits = pack(feature.buf, threshold.buf, left.buf, trees, nodes, width, packed);
        double *total = sums.buf;
        for (long k = 0; k < count; k++)
            total[k] = 0.0;
        for (long first = 0; fits && first < count; first += CHUNK)
            for (long k = 0; k < trees; k++)
                descend(packed + k * nodes, (const double *)path.buf + k * nodes, height, (const float *)rows.buf + first * width,
                        width, count - first < CHUNK ? count - first : CHUNK, total + first);
        Py_END_ALLOW_THREADS
    }
    free(packed);
    PyBuffer_Release(&rows), PyBuffer_Release(&feature), PyBuffer_Release(&threshold), PyBuffer_Release(&left);
    PyBuffer_Release(&path), PyBuffer_Release(&sums);
    if (ran_out)
        return PyErr_NoMemory();
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "a node is not there, or the arrays are for other rows or trees"), NULL;
    Py_RETURN_NONE;
}
