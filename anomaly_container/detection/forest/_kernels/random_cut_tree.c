/* What the kernels of the random cut forest share: buffers, draws and cuts. */
#include "random_cut.h"

#define MOST_PLACES (1L << 24)  /* of a tree */
#define MOST_COLUMNS (1L << 16)
#define GOLDEN 0x9E3779B97F4A7C15ULL

int forest_fits(cut_forest *f)
{
    const Py_ssize_t real = (Py_ssize_t)sizeof(double), whole = (Py_ssize_t)sizeof(int32_t);
    f->trees = (long)(f->roots.len / whole);
    if (f->trees < 1 || f->roots.len % whole || f->width < 1 || f->width > MOST_COLUMNS)
        return 0;
    f->padded = (f->width + LANES - 1) / LANES * LANES;
    f->places = (long)(f->masses.len / whole) / f->trees;
    if (f->places < 1 || f->places > MOST_PLACES)
        return 0;
    f->node_places = f->places > 1 ? f->places - 1 : 1;
    return f->masses.len == whole * f->trees * f->places && f->points.len == real * f->trees * f->places * f->padded &&
           f->nodes.len == (Py_ssize_t)sizeof(cut_node) * f->trees * f->node_places &&
           f->boxes.len == real * f->trees * f->node_places * 2 * f->padded && f->logs.len == real * (f->places + 1) &&
           f->inverses.len == f->logs.len;
}

void release_forest(cut_forest *f)
{
    PyBuffer_Release(&f->nodes), PyBuffer_Release(&f->boxes), PyBuffer_Release(&f->points), PyBuffer_Release(&f->masses);
    PyBuffer_Release(&f->roots), PyBuffer_Release(&f->logs), PyBuffer_Release(&f->inverses);
}

cut_tree tree_of(const cut_forest *f, long k)
{
    return (cut_tree){(cut_node *)f->nodes.buf + k * f->node_places,
                      (double *)f->boxes.buf + k * f->node_places * 2 * f->padded,
                      (double *)f->points.buf + k * f->places * f->padded,
                      (int32_t *)f->masses.buf + k * f->places,
                      (int32_t *)f->roots.buf + k,
                      f->logs.buf,
                      f->inverses.buf,
                      f->places,
                      f->node_places,
                      f->width,
                      f->padded};
}

double draw_cut(uint64_t *state)
{
    uint64_t z = *state += GOLDEN;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

double sum_of_sides(const double *low, const double *high, long width)
{
    double sum = 0.0;
    for (long j = 0; j < width; j++)
        sum += high[j] - low[j];
    return sum;
}

double choose_cut(const double *low, const double *high, long width, uint64_t *state, int32_t *column)
{
    double place = draw_cut(state) * sum_of_sides(low, high, width), before = 0.0, running = 0.0;
    long j = 0;
    for (; j < width; j++) {
        before = running;
        running += high[j] - low[j];
        if (place < running)
            break;
    }
    /* Rounding took it to the very end: the last column that has a side. What runs up to its beginning is less by its side. */
    if (j == width) {
        for (j = width - 1; j > 0 && !(high[j] > low[j]); j--)
            ;
        before = sum_of_sides(low, high, j);
    }
    *column = (int32_t)j;
    double cut = low[j] + (place - before);
    return cut >= high[j] ? low[j] : cut;
}
