/* Learning of rows by a random cut forest, one after the other; the twin is in `random_cut/learning.py`. */
#include "random_cut.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Scratch of one call. */
typedef struct {
    double *box;     /* (2, padded) */
    int32_t **links; /* (places,): the places that name the nodes on the way to a leaf */
} desk;

static void free_place(cut_tree *tree, int32_t leaf)
{
    tree->masses[leaf] = 0;
    memset(tree->points + (long)leaf * tree->padded, 0, (size_t)tree->padded * sizeof(double));
}

/* The first free place of a leaf or a node, or -1. */
static int32_t vacant_leaf(const cut_tree *tree)
{
    for (int32_t leaf = 0; leaf < tree->places; leaf++)
        if (tree->masses[leaf] == 0)
            return leaf;
    return -1;
}

static int32_t vacant_node(const cut_tree *tree)
{
    for (int32_t node = 0; node < tree->node_places; node++)
        if (tree->nodes[node].mass == 0)
            return node;
    return -1;
}

static int32_t put_leaf(cut_tree *tree, int32_t leaf, const double *point)
{
    tree->masses[leaf] = 1;
    memcpy(tree->points + (long)leaf * tree->padded, point, (size_t)tree->padded * sizeof(double));
    return leaf;
}

/* The box of a child: of a leaf its point, twice. */
static void box_of(const cut_tree *tree, int32_t child, const double **low, const double **high)
{
    if (child < 0) {
        *low = *high = tree->points + (long)~child * tree->padded;
        return;
    }
    *low = tree->boxes + (long)child * 2 * tree->padded;
    *high = *low + tree->padded;
}

/* Put a node over the child that a link names, with a new leaf on the other side of its cut. Return the leaf, or -1. */
static int32_t branch(cut_tree *tree, int32_t *link, const double *point, const double *box, int32_t column, double cut)
{
    int32_t child = *link, leaf = vacant_leaf(tree), place = vacant_node(tree);
    if (leaf < 0 || place < 0)
        return -1;
    int goes_left = point[column] <= cut;
    const double total = sum_of_sides(box, box + tree->padded, tree->width);
    put_leaf(tree, leaf, point);
    tree->nodes[place] = (cut_node){cut, total, column, mass_of(tree, child) + 1, goes_left ? ~leaf : child, goes_left ? child : ~leaf};
    memcpy(tree->boxes + (long)place * 2 * tree->padded, box, 2 * (size_t)tree->padded * sizeof(double));
    *link = place;
    return leaf;
}

/* Insert a point; return its leaf, or -1 if the tree is broken. */
static int32_t insert(cut_tree *tree, const double *point, uint64_t *state, const desk *desk)
{
    const long padded = tree->padded;
    int32_t *link = tree->root;
    for (long depth = 0; depth <= tree->places && is_there(tree, *link); depth++) {
        int32_t here = *link;
        const double *low, *high;
        box_of(tree, here, &low, &high);
        if (here < 0 && tree->masses[~here] == 0)
            return put_leaf(tree, ~here, point);
        int is_larger = outside(point, low, high, padded) > 0.0;
        if (here < 0 && !is_larger)
            return tree->masses[~here]++, ~here;
        if (is_larger) {
            double *least = desk->box, *most = desk->box + padded;
            for (long j = 0; j < padded; j++) {
                least[j] = point[j] < low[j] ? point[j] : low[j];
                most[j] = point[j] > high[j] ? point[j] : high[j];
            }
            int32_t j;
            double cut = choose_cut(least, most, tree->width, state, &j);
            if ((point[j] <= cut && cut < low[j]) || (high[j] <= cut && cut < point[j]))
                return branch(tree, link, point, desk->box, j, cut);
            if (here < 0)
                return -1;
            memcpy(tree->boxes + (long)here * 2 * padded, desk->box, 2 * (size_t)padded * sizeof(double));
            tree->nodes[here].total = sum_of_sides(least, most, tree->width);
        }
        cut_node *node = tree->nodes + here;
        if (node->column < 0 || node->column >= tree->width)
            return -1;
        node->mass++;
        link = point[node->column] <= node->cut ? &node->left : &node->right;
    }
    return -1;
}

/* Make the box of a node anew from its children; return whether it changed. */
static int shrink(cut_tree *tree, int32_t place, const desk *desk)
{
    const long padded = tree->padded;
    cut_node *node = tree->nodes + place;
    double *least = desk->box, *most = desk->box + padded, *box = tree->boxes + (long)place * 2 * padded;
    const double *low, *high, *other_low, *other_high;
    box_of(tree, node->left, &low, &high);
    box_of(tree, node->right, &other_low, &other_high);
    for (long j = 0; j < padded; j++) {
        least[j] = low[j] < other_low[j] ? low[j] : other_low[j];
        most[j] = high[j] > other_high[j] ? high[j] : other_high[j];
    }
    int changed = 0;
    for (long j = 0; j < 2 * padded; j++)
        changed |= box[j] != desk->box[j];
    memcpy(box, desk->box, 2 * (size_t)padded * sizeof(double));
    node->total = sum_of_sides(least, most, tree->width);
    return changed;
}

/* Take one row out of a leaf. Return 0 if the tree is broken. */
static int delete(cut_tree *tree, int32_t leaf, const desk *desk)
{
    if (leaf < 0 || leaf >= tree->places || tree->masses[leaf] < 1)
        return 0;
    const double *point = tree->points + (long)leaf * tree->padded;
    int32_t *link = tree->root, **links = desk->links;
    long depth = 0;
    for (; *link >= 0; depth++) {
        if (!is_there(tree, *link) || depth >= tree->places)
            return 0;
        cut_node *node = tree->nodes + *link;
        if (node->column < 0 || node->column >= tree->width || !is_there(tree, node->left) || !is_there(tree, node->right))
            return 0;
        links[depth] = link;
        link = point[node->column] <= node->cut ? &node->left : &node->right;
    }
    if (*link != ~leaf)
        return 0;
    for (long k = 0; k < depth; k++)
        tree->nodes[*links[k]].mass--;
    if (--tree->masses[leaf] > 0)
        return 1;
    free_place(tree, leaf);
    if (depth == 0)
        return 1;
    /* The sibling moves up. */
    cut_node *parent = tree->nodes + *links[--depth];
    *links[depth] = link == &parent->left ? parent->right : parent->left;
    *parent = (cut_node){0};
    while (depth > 0 && shrink(tree, *links[depth - 1], desk))
        depth--;
    return 1;
}

static int32_t largest(const double *weights, int32_t held)
{
    int32_t found = 0;
    for (int32_t k = 1; k < held; k++)
        if (weights[k] > weights[found])
            found = k;
    return found;
}

/* Score and learn rows in their order. Return 0 if the tree is broken. */
static int learn(cut_tree *tree, const double *rows, long count, uint64_t *state, double *weights, int32_t *handles, double decay,
                 double seen, double *sums, const desk *desk)
{
    if (!is_there(tree, *tree->root) || mass_of(tree, *tree->root) < 0 || mass_of(tree, *tree->root) > tree->places)
        return 0;
    int32_t held = mass_of(tree, *tree->root), oldest = held > 0 ? largest(weights, held) : 0;
    for (long i = 0; i < count; i++, seen += 1.0) {
        const double *point = rows + i * tree->padded;
        double score;
        if (!walk_tree(tree, point, &score, NULL))
            return 0;
        sums[i] += score;
        double weight = log(-log(draw_cut(state) + 0x1p-54)) - decay * seen;
        int32_t slot = held;
        if (held < tree->places)
            held++;
        else if (weight < weights[oldest]) {
            slot = oldest;
            if (!delete(tree, handles[slot], desk))
                return 0;
        } else
            continue;
        weights[slot] = weight;
        if ((handles[slot] = insert(tree, point, state, desk)) < 0)
            return 0;
        if (slot == oldest || weight > weights[oldest])
            oldest = largest(weights, held);
    }
    return 1;
}

/* learn_random_cut(rows, trees, states, weights, handles, decay, seen, sums): rows is (n, padded) float64, finite; states is
   (trees,) uint64, weights (trees, places) float64, handles int32, the leaf of each row that is held; seen is the number of rows
   before these; sums, (n,) float64, zeros, gets the sum of the trees' scores of each row before it was learned. */
PyObject *learn_random_cut(PyObject *module, PyObject *args)
{
    Py_buffer rows, states, weights, handles, sums;
    double decay, seen;
    cut_forest forest;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*" FOREST "w*w*w*ddw*", &rows, FOREST_FIELDS(forest), &states, &weights, &handles, &decay, &seen,
                          &sums))
        return NULL;
    const Py_ssize_t real = (Py_ssize_t)sizeof(double);
    long count = (long)(sums.len / real);
    int fits = forest_fits(&forest) && sums.len == real * count && rows.len == real * count * forest.padded;
    fits = fits && states.len == (Py_ssize_t)sizeof(uint64_t) * forest.trees && handles.len == forest.masses.len;
    fits = fits && weights.len == real * forest.trees * forest.places;
    size_t padded = fits ? (size_t)forest.padded : 1, places = fits ? (size_t)forest.places : 1;
    desk desk = {malloc(2 * padded * sizeof(double)), malloc(places * sizeof(int32_t *))};
    int ran_out = !(desk.box && desk.links);
    if (fits && !ran_out) {
        Py_BEGIN_ALLOW_THREADS
        for (long k = 0; fits && k < forest.trees; k++) {
            cut_tree tree = tree_of(&forest, k);
            fits = learn(&tree, rows.buf, count, (uint64_t *)states.buf + k, (double *)weights.buf + k * forest.places,
                         (int32_t *)handles.buf + k * forest.places, decay, seen, sums.buf, &desk);
        }
        Py_END_ALLOW_THREADS
    }
    free(desk.box), free(desk.links);
    release_forest(&forest);
    PyBuffer_Release(&rows), PyBuffer_Release(&states), PyBuffer_Release(&weights), PyBuffer_Release(&handles);
    PyBuffer_Release(&sums);
    if (ran_out)
        return PyErr_NoMemory();
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "a node is not there, or the arrays are for other rows or trees"), NULL;
    Py_RETURN_NONE;
}
