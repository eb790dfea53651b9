/* The Theil-Sen slope: the median of the slopes of all pairs of points; the twin is in `smoothing_spline.py`.

   A sample of the slopes brackets the median. Ordered by height above a line, two points change places if the slope of the
   line passes their slope. So the points are ordered for both ends of the bracket: pairs whose later point is the lower one
   for the low end have slopes below the bracket, and pairs that change places between the ends have slopes within it. Only
   the latter slopes are computed, and the median is selected from them.

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
#define SINGLE_ROUNDING 0x1p-23
#define LEAST_ROOM 0x1p-1000
#define RUN LANES /* points sorted together before runs are merged */

/* A point relative to a line. */
typedef struct {
    double height; /* above the line */
    long index;
} point;

/* The points, and whether their differences are rounded to single precision. By value: no store of a slope may change it. */
typedef struct {
    const double *values;
    long size;
    int single;
} series;

INLINE double slope_of(series y, long i, long j)
{
    double rise = y.values[j] - y.values[i];
    return (y.single ? (double)(float)rise : rise) / (double)(j - i);
}

static long all_slopes(series y, double *slopes)
{
    long count = 0;
    for (long distance = 1; distance < y.size; distance++)
        for (long i = 0; i + distance < y.size; i++)
            slopes[count++] = slope_of(y, i, i + distance);
    return count;
}

/* One slope from each square cell of pairs by distance and place, shifted from row to row: of a curve this tells far more
   than as many slopes by chance. */
static long sample_slopes(series y, long cell, double *slopes)
{
    long count = 0;
    double shift = 0.5;
    for (long distance = 1 + cell / 2; distance < y.size; distance += cell) {
        shift += GOLDEN_SECTION;
        shift -= shift >= 1.0;
        for (long at = (long)(shift * (double)cell); at + distance < y.size; at += cell)
            slopes[count++] = slope_of(y, at, at + distance);
    }
    return count;
}

static double largest_of(series y)
{
    double largest = 0.0;
    for (long i = 0; i < y.size; i++)
        largest = fabs(y.values[i]) > largest ? fabs(y.values[i]) : largest;
    return largest;
}

/* Sort a few points by height; return the number of exchanges of neighbours. */
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

/* Merge two runs; return the number of points of the first that those of the second pass. */
static long merge(const point *first, long size, const point *second, long more, point *merged)
{
    const point *end = first + size, *last = second + more;
    long count = 0;
    while (first < end && second < last) {
        /* Without branches, which would be unpredictable. */
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

/* `merge` for two runs of equal length, from both ends towards the middle: two independent chains of comparisons, and no test
   for the end. */
static long merge_alike(const point *first, long size, const point *second, point *merged)
{
    const point *a = first, *b = second, *last_a = first + size - 1, *last_b = second + size - 1;
    point *back = merged + 2 * size - 1;
    long count = 0;
    for (long i = 0; i < size; i++) {
        long passes = b->height < a->height, stays = last_b->height >= last_a->height;
        *merged++ = *(passes ? b : a);
        count += -passes & (first + size - a);
        b += passes, a += 1 - passes;
        *back-- = *(stays ? last_b : last_a);
        count += -stays & (first + size - 1 - last_a);
        last_b -= stays, last_a -= 1 - stays;
    }
    return count;
}

/* Sort eight neighbours by height, counting the lower ones for each; return the number of pairs that changed order. */
INLINE long rank_eight(const double *values, double slope, long at, point *points)
{
    lanes height, numbers;
    const part counted = count_up();
    long long rank[LANES];
    part_mask ranks[PARTS] = {0}, passed = {0};
    EACH {
        numbers.v[j] = counted + (double)(at + j * WIDTH);
        height.v[j] = *(const part *)(values + at + j * WIDTH) - slope * numbers.v[j];
    }
#pragma GCC unroll 8
    for (int other = 0; other < LANES; other++)
        EACH {
            const part_mask later = counted + (double)(j * WIDTH) > (double)other;
            part_mask lower = all(height.at[other]) < height.v[j], alike = all(height.at[other]) == height.v[j];
            ranks[j] -= lower | (alike & later);
            passed -= lower & ~later;
        }
    memcpy(rank, ranks, sizeof rank);
    for (int lane = 0; lane < LANES; lane++)
        points[rank[lane]] = (point){height.at[lane], at + lane};
    long count = 0;
    for (int lane = 0; lane < WIDTH; lane++)
        count += passed[lane];
    return count;
}

/* Sort the points of a series by height above a line, equal ones by index; return where they are, and the number of pairs that
   changed order. */
static point *order(const double *values, long size, double slope, point *points, long *exchanged)
{
    point *spare = points + size;
    long start = 0, count = 0;
    for (; start + RUN <= size; start += RUN)
        count += rank_eight(values, slope, start, points + start);
    for (long i = start; i < size; i++)
        points[i] = (point){values[i] - slope * (double)i, i};
    count += insert_each(points + start, size - start);
    for (long run = RUN; run < size; run *= 2) {
        for (start = 0; start + 2 * run <= size; start += 2 * run)
            count += merge_alike(points + start, run, points + start + run, spare + start);
        if (start < size) {
            long first = size - start < run ? size - start : run;
            count += merge(points + start, first, points + start + first, size - start - first, spare + start);
        }
        point *kept = points;
        points = spare, spare = kept;
    }
    *exchanged = count;
    return points;
}

/* Order points by new heights, by exchanges of neighbours; returns how many, with the slope of each pair that is exchanged. */
static long exchange(series y, point *points, double *slopes)
{
    long count = 0;
    for (long i = 1; i < y.size; i++) {
        point moved = points[i];
        long place = i;
        for (; place > 0 && points[place - 1].height > moved.height; place--) {
            slopes[count++] = slope_of(y, points[place - 1].index, moved.index);
            points[place] = points[place - 1];
        }
        points[place] = moved;
    }
    return count;
}

/* Collect the slopes within a bracket, and some beside it; returns how many, and how many smaller ones there are. */
static long collect(series y, double low, double high, point *points, double *slopes, long *below)
{
    /* The ends are moved out so far that no rounding of heights and slopes hides a pair within the bracket. */
    double steep = fabs(low) > fabs(high) ? fabs(low) : fabs(high);
    double room = ROUNDING * (largest_of(y) + steep * (double)y.size) + LEAST_ROOM;
    room += y.single ? SINGLE_ROUNDING * steep : 0.0;
    low -= room, high += room;
    points = order(y.values, y.size, low, points, below);
    for (long i = 0; i < y.size; i++)
        points[i].height = y.values[points[i].index] - high * (double)points[i].index;
    return exchange(y, points, slopes);
}

/* The median slope, with room for all slopes twice, and one more. */
static double median_of_slopes(series y, point *points, double *slopes)
{
    long pairs = y.size * (y.size - 1) / 2, low = (pairs - 1) / 2, high = pairs / 2, below = 0;
    if (pairs > FEW_PAIRS) {
        /* Cells of 4 pairs at least, rounded down from `pairs / SAMPLE`: the draw is well below twice the sample. */
        double sample[4 * SAMPLE], work[4 * SAMPLE], first, last;
        long drawn = sample_slopes(y, (long)sqrt((double)(pairs / SAMPLE)), sample), middle = drawn / 2;
        for (long reach = FIRST_REACH; middle >= reach && middle + reach < drawn; reach *= 2) {
            two_ranks(sample, drawn, middle - reach, middle + reach, work, &first, &last);
            long count = collect(y, first, last, points, slopes, &below), less = 0, more = 0;
            for (long i = 0; i < count; i++)
                less += slopes[i] < first, more += slopes[i] > last;
            if (below + less <= low && high < below + count - more)
                return mean_of_ranks(slopes, count, low - below, high - below, slopes + count);
            /* The bracket missed the median; the counts give the distance in ranks of the sample. */
            middle += (low - below - count / 2) * drawn / pairs;
        }
    }
    long count = all_slopes(y, slopes);
    return mean_of_ranks(slopes, count, low, high, slopes + count);
}

/* median_slope(values, itemsize) -> float: values is (n,) float64 or float32, n >= 2 and all finite; of float32 the differences
   are, too. */
PyObject *median_slope(PyObject *module, PyObject *args)
{
    Py_buffer values;
    double slope = 0.0;
    long bytes;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*l", &values, &bytes))
        return NULL;
    int single = bytes == (long)sizeof(float), fits = single || bytes == (long)sizeof(double);
    long size = fits ? (long)values.len / bytes : 0;
    size_t pairs = (size_t)(size * (size - 1) / 2);
    point *points = NULL;
    Py_BEGIN_ALLOW_THREADS
    if (size >= 2)
        points = malloc(2 * (size_t)size * sizeof(point) + (2 * pairs + 1 + (size_t)size) * sizeof(double));
    if (points) {
        double *copy = (double *)(points + 2 * size);
        for (long i = 0; single && i < size; i++)
            copy[i] = (double)((const float *)values.buf)[i];
        slope = median_of_slopes((series){single ? copy : values.buf, size, single}, points, copy + size);
    }
    free(points);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values);
    if (!points)
        return size < 2 ? (PyErr_SetString(PyExc_ValueError, "a slope needs two points"), NULL) : PyErr_NoMemory();
    return PyFloat_FromDouble(slope);
}
