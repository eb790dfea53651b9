/* The Theil-Sen slope: the median of the slopes of all pairs of points; `spline_trend.py` has the twin.

   A sample of the slopes brackets the median. Seen along a line, by what a point rises above it, two points change their
   order where the line turns past their slope. So the points are ordered along the two ends of the bracket: the pairs whose
   later point is already the lower one along the first end have slopes below the bracket, and those that change places
   between the two ends have the slopes within it, which alone are computed and among which the median is selected.

   Source: Matousek, "Randomized Optimal Algorithm for Slope Selection", Information Processing Letters 39 (1991). */
#include "kernels.h"
#include "select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEW_PAIRS 8192
#define SAMPLE 2048
#define GOLDEN_SECTION 0.6180339887498949
#define FIRST_REACH 16 /* ranks of the sample on each side of its middle */
#define ROUNDING 0x1p-50
#define LEAST_ROOM 0x1p-1000
#define RUN 8 /* points that are ordered before runs are merged */

/* A point seen along a line. */
typedef struct {
    double height; /* above the line */
    long index;
} point;

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

static double largest_of(const double *values, long size)
{
    double largest = 0.0;
    for (long i = 0; i < size; i++)
        largest = fabs(values[i]) > largest ? fabs(values[i]) : largest;
    return largest;
}

static void look_along(const double *values, long size, double slope, point *points)
{
    for (long i = 0; i < size; i++)
        points[i].height = values[points[i].index] - slope * (double)points[i].index;
}

/* Order a few points by height; returns how many exchanges of neighbours that took. */
static long insert_each(point *points, long size)
{
    long count = 0;
    for (long i = 1; i < size; i++) {
        point moved = points[i];
        long place = i;
        for (; place > 0 && points[place - 1].height > moved.height; place--)
            points[place] = points[place - 1];
        points[place] = moved;
        count += i - place;
    }
    return count;
}

/* Merge two runs; returns how many points of the first each of the second has passed. */
static long merge(const point *first, long size, const point *second, long more, point *merged)
{
    const point *end = first + size, *last = second + more;
    long count = 0;
    while (first < end && second < last) {
        /* Without branches: which comes first is as good as chance. */
        long passes = second->height < first->height;
        const point *lower = passes ? second : first;
        *merged++ = *lower;
        count += -passes & (end - first);
        second += passes;
        first += 1 - passes;
    }
    memcpy(merged, first, (size_t)(end - first) * sizeof(point));
    memcpy(merged + (end - first), second, (size_t)(last - second) * sizeof(point));
    return count;
}

/* Order points by height, earlier ones first among equals; returns where they are then, and how many pairs changed order. */
static point *order(point *points, point *spare, long size, long *exchanged)
{
    *exchanged = 0;
    for (long start = 0; start < size; start += RUN)
        *exchanged += insert_each(points + start, size - start < RUN ? size - start : RUN);
    for (long run = RUN; run < size; run *= 2) {
        for (long start = 0; start < size; start += 2 * run) {
            long first = size - start < run ? size - start : run, rest = size - start - first;
            *exchanged += merge(points + start, first, points + start + first, rest < run ? rest : run, spare + start);
        }
        point *kept = points;
        points = spare, spare = kept;
    }
    return points;
}

/* Order points by new heights, by exchanges of neighbours; returns how many, with the slope of each pair that is exchanged. */
static long exchange(const double *values, long size, point *points, double *slopes)
{
    long count = 0;
    for (long i = 1; i < size; i++) {
        point moved = points[i];
        long place = i;
        for (; place > 0 && points[place - 1].height > moved.height; place--) {
            long passed = points[place - 1].index;
            slopes[count++] = (values[moved.index] - values[passed]) / (double)(moved.index - passed);
            points[place] = points[place - 1];
        }
        points[place] = moved;
    }
    return count;
}

/* Collect the slopes within a bracket, and some beside it; returns how many, and how many smaller ones there are. */
static long collect(const double *values, long size, double low, double high, point *points, double *slopes, long *below)
{
    /* The ends are moved out so far that no rounding of heights and slopes hides a pair within the bracket. */
    double largest = largest_of(values, size), steep = fabs(low) > fabs(high) ? fabs(low) : fabs(high);
    double room = ROUNDING * (largest + steep * (double)size) + LEAST_ROOM;
    low -= room, high += room;
    for (long i = 0; i < size; i++)
        points[i].index = i;
    look_along(values, size, low, points);
    points = order(points, points + size, size, below);
    look_along(values, size, high, points);
    return exchange(values, size, points, slopes);
}

/* The median slope, with room for all of them in `slopes`. */
static double median_of_slopes(const double *values, long size, point *points, double *slopes)
{
    long pairs = size * (size - 1) / 2, low = (pairs - 1) / 2, high = pairs / 2, below = 0;
    if (pairs > FEW_PAIRS) {
        /* Cells of 4 pairs at least, rounded down from `pairs / SAMPLE`: the draw is well below twice the sample. */
        double sample[4 * SAMPLE];
        long drawn = sample_slopes(values, size, (long)sqrt((double)(pairs / SAMPLE)), sample), middle = drawn / 2;
        for (long reach = FIRST_REACH; middle >= reach && middle + reach < drawn; reach *= 2) {
            double *first = sample + middle - reach, *last = first + 2 * reach;
            place(sample, drawn, first - sample);
            place(first, sample + drawn - first, last - first);
            long count = collect(values, size, *first, *last, points, slopes, &below), less = 0, more = 0;
            for (long i = 0; i < count; i++)
                less += slopes[i] < *first, more += slopes[i] > *last;
            if (below + less <= low && high < below + count - more)
                return mean_of_ranks(slopes, count, low - below, high - below);
            /* The sample misled; the counts tell by how many of its ranks. */
            middle += (low - below - count / 2) * drawn / pairs;
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
    size_t pairs = (size_t)(size * (size - 1) / 2);
    point *points = NULL;
    Py_BEGIN_ALLOW_THREADS
    if (size >= 2)
        points = malloc(2 * (size_t)size * sizeof(point) + pairs * sizeof(double));
    if (points)
        slope = median_of_slopes(values.buf, size, points, (double *)(points + 2 * size));
    free(points);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values);
    if (!points)
        return size < 2 ? (PyErr_SetString(PyExc_ValueError, "a slope needs two points"), NULL) : PyErr_NoMemory();
    return PyFloat_FromDouble(slope);
}
