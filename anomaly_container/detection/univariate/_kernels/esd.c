/* The ESD test of all ranks of one tail; the twin is in `esd.py`. */
#include "kernels.h"

#include <math.h>
#include <stdlib.h>

typedef struct {
    float quartile, least_single; /* of the normal distribution; smallest divisor */
    double least, relative, absolute;
} limits;

/* The distance of a 0-based rank from `centre`: the reach of the best run of rank + 1 neighbours among the first `size`. The
   run starts at the first place where its right end is at least as far as its left one. The search continues from the last
   place found, which hardly moves from one size to the next. */
static float kth_distance(const float *ordered, long size, float centre, long rank, long *start)
{
    long j = *start, last = size - 1 - rank;
    j = j < last ? j : last;
    while (j < last && centre - ordered[j] > ordered[j + rank] - centre)
        j++;
    while (j > 0 && !(centre - ordered[j - 1] > ordered[j - 1 + rank] - centre))
        j--;
    *start = j;
    long before = j > 0 ? j - 1 : 0;
    float left = centre - ordered[j], right = ordered[j + rank] - centre, best = left > right ? left : right;
    left = centre - ordered[before], right = ordered[before + rank] - centre;
    float other = left > right ? left : right;
    return best < other ? best : other;
}

static float middle(const float *ordered, long size)
{
    long lower = (size - 1) / 2, upper = size / 2;
    return lower == upper ? ordered[lower] : (ordered[lower] + ordered[upper]) / 2.0f;
}

/* Whether the distance of a point from the median, in median absolute deviations of the rest, is significant. */
static void test_medians(const float *upward, const float *ordered, long size, long ranks, const float *critical, limits l,
                         char *by_median)
{
    long low_start = 0, high_start = 0;
    for (long rank = 0, rest = size; rank < ranks; rank++, rest--) {
        float centre = middle(ordered, rest), distance = kth_distance(ordered, rest, centre, rest / 2, &high_start);
        if (rest % 2 == 0)
            distance = (kth_distance(ordered, rest, centre, (rest - 1) / 2, &low_start) + distance) / 2.0f;
        float deviation = distance / l.quartile, sigma = deviation > l.least_single ? deviation : l.least_single;
        by_median[rank] = (upward[rank] - centre) / sigma > critical[rank];
    }
}

/* The margin by which a point passes the test on mean and deviation of the rest, and its error bound. */
static void test_means(const float *upward, long size, long ranks, const float *critical, double mean, limits l,
                       double *margin, double *blur)
{
    double total = 0.0, squares = 0.0;
    for (long rank = size - 1; rank >= 0; rank--) {
        double value = (double)upward[rank] - mean;
        total += value;
        squares += value * value;
        if (rank >= ranks)
            continue;
        double rest = (double)(size - rank), centre = total / rest, variance = squares / rest - centre * centre;
        double deviation = sqrt(variance > 0.0 ? variance : 0.0);
        double allowed = (double)critical[rank] * (deviation > l.least ? deviation : l.least);
        margin[rank] = value - centre - allowed;
        blur[rank] = l.relative * allowed + l.absolute;
    }
}

/* esd(upward, critical, mean, limits, by_median, margin, blur): upward is (n,) float32, descending, with its mean; critical
   is (k,) float32, k <= n, for the first ranks; by_median, (k,) bool, margin and blur, (k,) float64, are filled. */
PyObject *esd(PyObject *module, PyObject *args)
{
    Py_buffer upward, critical, by_median, margin, blur;
    double mean;
    limits l;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*d(ffddd)w*w*w*", &upward, &critical, &mean, &l.quartile, &l.least_single, &l.least,
                          &l.relative, &l.absolute, &by_median, &margin, &blur))
        return NULL;
    long size = (long)(upward.len / (Py_ssize_t)sizeof(float)), ranks = (long)(critical.len / (Py_ssize_t)sizeof(float));
    int fits = ranks <= size && by_median.len == ranks && margin.len == blur.len;
    fits = fits && margin.len == ranks * (Py_ssize_t)sizeof(double);
    float *ordered = fits ? malloc((size_t)(size + 1) * sizeof(float)) : NULL;
    if (ordered) {
        Py_BEGIN_ALLOW_THREADS
        for (long i = 0; i < size; i++)
            ordered[i] = ((const float *)upward.buf)[size - 1 - i];
        test_medians(upward.buf, ordered, size, ranks, critical.buf, l, by_median.buf);
        test_means(upward.buf, size, ranks, critical.buf, mean, l, margin.buf, blur.buf);
        Py_END_ALLOW_THREADS
    }
    int ran_out = fits && !ordered;
    free(ordered);
    PyBuffer_Release(&upward), PyBuffer_Release(&critical);
    PyBuffer_Release(&by_median), PyBuffer_Release(&margin), PyBuffer_Release(&blur);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "there are more ranks than values, or figures for others"), NULL;
    if (ran_out)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}
