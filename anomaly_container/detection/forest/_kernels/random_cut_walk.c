/* The scores of rows in a random cut forest, and the share of each column; the twin is in `random_cut/attribution.py`. */
#include "random_cut.h"

#include <stdlib.h>
#include <string.h>

/* Add to each column what it contributes to the way by which a point lies outside a box, below it or above. */
static void share_out(double *shares, const double *point, const double *low, const double *high, long padded, double amount,
                      double whole)
{
    for (long j = 0; j < padded; j++) {
        double below = low[j] - point[j], above = point[j] - high[j];
        shares[j] += amount * ((below > 0.0 ? below : 0.0) / whole);
        shares[padded + j] += amount * ((above > 0.0 ? above : 0.0) / whole);
    }
}

/* A point outside a box would have been cut off there with probability out / (out + total), at this depth: the walk adds up
   what that is worth, and goes on with the rest of the probability. */
int walk_tree(const cut_tree *tree, const double *point, double *score, double *shares)
{
    const long padded = tree->padded;
    int32_t here = *tree->root, depth = 0;
    double keep = 1.0, sum = 0.0;
    if (shares)
        memset(shares, 0, 2 * (size_t)padded * sizeof(double));
    *score = 0.0;
    if (!is_there(tree, here))
        return 0;
    int32_t all = mass_of(tree, here);
    if (all < 0 || all > tree->places)
        return 0;
    if (all == 0)
        return 1;
    for (; here >= 0; depth++) {
        const cut_node *node = tree->nodes + here;
        const double *low = tree->boxes + (long)here * 2 * padded, *high = low + padded;
        if (node->column < 0 || node->column >= tree->width || depth >= tree->places)
            return 0;
        double out = outside(point, low, high, padded);
        if (out > 0.0) {
            double whole = out + node->total, amount = keep * tree->inverses[depth];
            sum += keep * (out / whole) * tree->inverses[depth];
            if (shares)
                share_out(shares, point, low, high, padded, amount, whole);
            keep *= node->total / whole;
        }
        here = point[node->column] <= node->cut ? node->left : node->right;
        if (!is_there(tree, here))
            return 0;
    }
    const double *leaf = tree->points + (long)~here * padded;
    int32_t mass = tree->masses[~here];
    double out = outside(point, leaf, leaf, padded);
    if (mass < 1 || mass > all)
        return 0;
    if (out > 0.0) {
        double amount = keep * tree->inverses[depth];
        sum += amount;
        if (shares)
            share_out(shares, point, leaf, leaf, padded, amount, out);
    } else {
        double amount = keep * (1.0 - (double)mass / (2.0 * (double)all)) / ((double)depth + tree->logs[mass]);
        sum += amount;
        for (long j = 0; shares && j < tree->width; j++) {
            shares[j] += amount / (2.0 * (double)tree->width);
            shares[padded + j] += amount / (2.0 * (double)tree->width);
        }
    }
    *score = sum * tree->logs[all];
    for (long j = 0; shares && j < 2 * padded; j++)
        shares[j] *= tree->logs[all];
    return 1;
}

/* Add the scores of all rows in all trees to `sums`. A tree stays in the cache while all rows pass. */
static int walk_trees(const cut_forest *forest, const double *rows, long count, double *sums, double *shares, double *scratch)
{
    const long padded = forest->padded;
    for (long k = 0; k < forest->trees; k++) {
        const cut_tree tree = tree_of(forest, k);
        for (long i = 0; i < count; i++) {
            double score, *row_shares = shares ? shares + i * 2 * padded : NULL;
            if (!walk_tree(&tree, rows + i * padded, &score, scratch))
                return 0;
            sums[i] += score;
            for (long j = 0; row_shares && j < 2 * padded; j++)
                row_shares[j] += scratch[j];
        }
    }
    return 1;
}

/* score_random_cut(rows, trees, sums, shares): rows is (n, padded) float64; sums, (n,) float64, zeros, gets the sum of the trees'
   scores, and shares, (n, 2, padded) or empty, what the columns below and above contribute. */
PyObject *score_random_cut(PyObject *module, PyObject *args)
{
    Py_buffer rows, sums, shares;
    cut_forest forest;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*" FOREST "w*w*", &rows, FOREST_FIELDS(forest), &sums, &shares))
        return NULL;
    const Py_ssize_t real = (Py_ssize_t)sizeof(double);
    long count = (long)(sums.len / real);
    int fits = forest_fits(&forest) && sums.len == real * count && rows.len == real * count * forest.padded;
    fits = fits && (shares.len == 0 || shares.len == 2 * rows.len);
    int shared = fits && shares.len > 0;
    double *scratch = shared ? malloc(2 * (size_t)forest.padded * sizeof(double)) : NULL;
    int ran_out = shared && !scratch;
    if (fits && !ran_out) {
        Py_BEGIN_ALLOW_THREADS
        fits = walk_trees(&forest, rows.buf, count, sums.buf, shared ? shares.buf : NULL, scratch);
        Py_END_ALLOW_THREADS
    }
    free(scratch);
    release_forest(&forest);
    PyBuffer_Release(&rows), PyBuffer_Release(&sums), PyBuffer_Release(&shares);
    if (ran_out)
        return PyErr_NoMemory();
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "a node is not there, or the arrays are for other rows or trees"), NULL;
    Py_RETURN_NONE;
}
