/* The Theil-Sen slope: the median of the slopes of all pairs of points; `spline_trend.py` has the twin.

   A sample of the slopes brackets the median. One pass then counts the slopes below the bracket and collects those
   within it, among which the median is selected. The pass divides nothing: division by a distance and rounding keep the
   order, so beyond the ends of the bracket, times the distance, a difference need not be looked at closely. */
#include "kernels.h"
#include "select.h"

#include <math.h>
#include <stdlib.h>

#define FEW_PAIRS 8192
#define SAMPLE 2048
#define GOLDEN_SECTION 0.6180339887498949
#define FIRST_REACH 16 /* ranks of the sample on each side of its middle */
#define RELATIVE_ROOM 0x1p-50
#define ABSOLUTE_ROOM 0x1p-1000

static long all_slopes(const double *values, long size, double *slopes)
{
    long count = 0;
    for (long distance = 1; distance < size; distance++)
        for (long i = 0; i + distance < size; i++)
            slopes[count++] = (values[i + distance] - values[i]) / (double)distance;
    return count;
}

/* One slope from each square cell of pairs by distance and place, shifted from row to row: of a curve this tells far more
   than as many slopes by chance. */
static long sample_slopes(const double *values, long size, long cell, double *slopes)
{
    long count = 0;
    double shift = 0.5;
    for (long distance = 1 + cell / 2; distance < size; distance += cell) {
        shift += GOLDEN_SECTION;
        shift -= shift >= 1.0;
        for (long at = (long)(shift * (double)cell); at + distance < size; at += cell)
            slopes[count++] = (values[at + distance] - values[at]) / (double)distance;
    }
    return count;
}

INLINE int all(part_mask mask)
{
    long long every = mask[0];
    for (int lane = 1; lane < WIDTH; lane++)
        every &= mask[lane];
    return every != 0;
}

INLINE int within(double slope, double low, double high, double *found, long *smaller)
{
    *smaller += slope < low;
    if (slope < low || slope > high)
        return 0;
    *found = slope;
    return 1;
}

/* Count the slopes below a bracket and collect those within; returns how many were collected. */
static long collect(const double *values, long size, double low, double high, double *found, long *below)
{
    long count = 0, smaller = 0;
    for (long distance = 1; distance < size; distance++) {
        /* Differences beyond these belong to slopes beyond the bracket, however the quotient is rounded. */
        double from = low * (double)distance, to = high * (double)distance;
        from -= fabs(from) * RELATIVE_ROOM + ABSOLUTE_ROOM;
        to += fabs(to) * RELATIVE_ROOM + ABSOLUTE_ROOM;
        const double *later = values + distance;
        long pairs = size - distance, i = 0;
        part_mask under = {0};
        for (; i + WIDTH <= pairs; i += WIDTH) {
            part difference = *(const part *)(later + i) - *(const part *)(values + i);
            part_mask below_bracket = difference < from, outside = below_bracket | (difference > to);
            under -= below_bracket;
            if (!all(outside))
                for (int lane = 0; lane < WIDTH; lane++)
                    if (!outside[lane])
                        count += within(difference[lane] / (double)distance, low, high, found + count, &smaller);
        }
        for (int lane = 0; lane < WIDTH; lane++)
            smaller += (long)under[lane];
        for (; i < pairs; i++)
            count += within((later[i] - values[i]) / (double)distance, low, high, found + count, &smaller);
    }
    *below = smaller;
    return count;
}

/* The median slope, with room for all of them in `slopes`. */
static double median_of_slopes(const double *values, long size, double *slopes)
{
    long pairs = size * (size - 1) / 2, low = (pairs - 1) / 2, high = pairs / 2, below = 0;
    if (pairs > FEW_PAIRS) {
        /* Cells of 4 pairs at least, rounded down from `pairs / SAMPLE`: the draw is well below twice the sample. */
        double sample[4 * SAMPLE];
        long drawn = sample_slopes(values, size, (long)sqrt((double)(pairs / SAMPLE)), sample);
        for (long reach = FIRST_REACH; reach < drawn / 2; reach *= 4) {
            double *first = sample + drawn / 2 - reach, *last = first + 2 * reach;
            place(sample, drawn, first - sample);
            place(first, sample + drawn - first, last - first);
            long count = collect(values, size, *first, *last, slopes, &below);
            if (below <= low && high < below + count)
                return mean_of_ranks(slopes, count, low - below, high - below);
        }
    }
    return mean_of_ranks(slopes, all_slopes(values, size, slopes), low, high);
}

/* median_slope(values) -> float: values is (n,) float64, n >= 2 and all finite. */
PyObject *median_slope(PyObject *module, PyObject *args)
{
    Py_buffer values;
    double slope = 0.0;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*", &values))
        return NULL;
    long size = (long)(values.len / (Py_ssize_t)sizeof(double));
    double *slopes = NULL;
    Py_BEGIN_ALLOW_THREADS
    if (size >= 2)
        slopes = malloc((size_t)(size * (size - 1) / 2) * sizeof(double));
    if (slopes)
        slope = median_of_slopes(values.buf, size, slopes);
    free(slopes);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values);
    if (!slopes)
        return size < 2 ? (PyErr_SetString(PyExc_ValueError, "a slope needs two points"), NULL) : PyErr_NoMemory();
    return PyFloat_FromDouble(slope);
}
