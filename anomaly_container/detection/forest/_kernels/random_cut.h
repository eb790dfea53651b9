/* The trees of a random cut forest as the kernels see them; `random_cut/tree.py` describes the arrays. */
#ifndef ANOMALY_FOREST_RANDOM_CUT_H
#define ANOMALY_FOREST_RANDOM_CUT_H

#include "kernels.h"

/* Columns are padded to a multiple of this many, and added up side by side. */
#define LANES 8

/* A child is a node, or the complement of a leaf: `~leaf`. A place of mass 0 is free. */
typedef struct {
    double cut, total; /* total: the sum of the sides of the box */
    int32_t column, mass, left, right;
} cut_node;

typedef struct {
    cut_node *nodes; /* (places - 1,), or one if there is one place */
    double *boxes;   /* a node's least values, then its greatest: (places - 1, 2, padded) */
    double *points;  /* (places, padded): of the leaves */
    int32_t *masses; /* (places,): of the leaves */
    int32_t *root;
    const double *logs, *inverses; /* (places + 1,): log2(i + 1) and 1 / (i + 1) */
    long places, node_places, width, padded;
} cut_tree;

/* The buffers of all trees, from the tuple that `Trees.buffers` gives. */
typedef struct {
    Py_buffer nodes, boxes, points, masses, roots, logs, inverses;
    long width, trees, places, node_places, padded;
} cut_forest;

/* For an argument of PyArg_ParseTuple. */
#define FOREST "(w*w*w*w*w*y*y*l)"
#define FOREST_FIELDS(f) \
    &(f).nodes, &(f).boxes, &(f).points, &(f).masses, &(f).roots, &(f).logs, &(f).inverses, &(f).width

/* Work out the sizes; return whether the buffers have them. */
int forest_fits(cut_forest *forest);
void release_forest(cut_forest *forest);
cut_tree tree_of(const cut_forest *forest, long k);

/* The next number of SplitMix64, in [0, 1). */
double draw_cut(uint64_t *state);
/* Draw a column by the sides of a box, and a cut of it. Some side is not 0. */
double choose_cut(const double *low, const double *high, long width, uint64_t *state, int32_t *column);
double sum_of_sides(const double *low, const double *high, long width);

/* The sum over the columns of the distance from a point to a box: always added in one order, which the twin has too. */
static inline double outside(const double *point, const double *low, const double *high, long padded)
{
    double lanes[LANES] = {0};
    for (long first = 0; first < padded; first += LANES)
        for (long k = 0; k < LANES; k++) {
            double below = low[first + k] - point[first + k], above = point[first + k] - high[first + k];
            double most = below > above ? below : above;
            lanes[k] += most > 0.0 ? most : 0.0;
        }
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* The number of rows that a child holds. The child is there. */
static inline int32_t mass_of(const cut_tree *tree, int32_t child)
{
    return child < 0 ? tree->masses[~child] : tree->nodes[child].mass;
}

/* Whether a child is a place of the tree. */
static inline int is_there(const cut_tree *tree, int32_t child)
{
    return child < 0 ? ~child < tree->places : child < tree->node_places;
}

/* The score of a point in a tree into `score`; if there are `shares`, (2, padded), they are overwritten. 0 if the tree is broken. */
int walk_tree(const cut_tree *tree, const double *point, double *score, double *shares);

PyObject *grow_random_cut(PyObject *module, PyObject *args);
PyObject *score_random_cut(PyObject *module, PyObject *args);
PyObject *learn_random_cut(PyObject *module, PyObject *args);

#endif
