/* The closer look at ranks of the ESD test; `esd.py` has the twin. Sums are those of numpy: single precision, in its
   pairwise order. */
#include "kernels.h"

#define BLOCK 128 /* values that numpy adds without halving them */
#define SIDE 8    /* running sums within a block, which fill a register */

INLINE float term(float number, float centre, int is_squared)
{
    float distance = number - centre;
    return is_squared ? distance * distance : number;
}

/* The sum of a block. What is constant where this is called costs nothing within. */
INLINE float add_block(const float *numbers, long size, float centre, int is_squared)
{
    if (size < SIDE) {
        float total = -0.0f;
        for (long i = 0; i < size; i++)
            total += term(numbers[i], centre, is_squared);
        return total;
    }
    float sums[SIDE];
    for (int j = 0; j < SIDE; j++)
        sums[j] = term(numbers[j], centre, is_squared);
    long whole = size - size % SIDE;
    for (long i = SIDE; i < whole; i += SIDE)
        for (int j = 0; j < SIDE; j++)
            sums[j] += term(numbers[i + j], centre, is_squared);
    float total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
    for (long i = whole; i < size; i++)
        total += term(numbers[i], centre, is_squared);
    return total;
}

INLINE long half_of(long size) { return size / 2 - size / 2 % SIDE; }

static float add_values(const float *numbers, long size)
{
    if (size <= BLOCK)
        return add_block(numbers, size, 0.0f, 0);
    long half = half_of(size);
    return add_values(numbers, half) + add_values(numbers + half, size - half);
}

static float add_squares(const float *numbers, long size, float centre)
{
    if (size <= BLOCK)
        return add_block(numbers, size, centre, 1);
    long half = half_of(size);
    return add_squares(numbers, half, centre) + add_squares(numbers + half, size - half, centre);
}

/* A reduction of numpy begins with 0. */
INLINE float mean_of(float sum, long size) { return (float)((double)(0.0f + sum) / (double)size); }

/* Whether the first of some values, in descending order, leaves their mean by more than their deviation allows. */
static int leaves_mean(const float *rest, long size, float critical, float least)
{
    float mean = mean_of(add_values(rest, size), size);
    float deviation = sqrtf(mean_of(add_squares(rest, size, mean), size));
    /* A deviation that is not a number stays one, as with Python's max. */
    float spread = least > deviation ? least : deviation;
    return (rest[0] - mean) / spread > critical;
}

/* first_outlier(upward, critical, by_median, margin, blur, ranks, least) -> int: upward is (n,) float32, descending; the
   next four belong to the first k ranks: critical, float32, and what `esd` has filled; ranks, (m,) int64, are looked at in
   turn. The answer is the first that is an outlier, -1 without one. */
PyObject *first_outlier(PyObject *module, PyObject *args)
{
    Py_buffer upward, critical, by_median, margin, blur, ranks;
    float least;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*y*y*y*f", &upward, &critical, &by_median, &margin, &blur, &ranks, &least))
        return NULL;
    long size = (long)(upward.len / (Py_ssize_t)sizeof(float)), known = (long)(critical.len / (Py_ssize_t)sizeof(float));
    long count = (long)(ranks.len / (Py_ssize_t)sizeof(long long)), found = -1;
    const float *values = upward.buf, *allowed = critical.buf;
    const double *margins = margin.buf, *blurs = blur.buf;
    const char *certain = by_median.buf;
    const long long *rank = ranks.buf;
    int fits = known <= size && by_median.len == known && margin.len == blur.len;
    fits = fits && margin.len == known * (Py_ssize_t)sizeof(double);
    for (long i = 0; i < count && fits; i++)
        fits = rank[i] >= 0 && rank[i] < known;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        for (long i = 0; i < count && found < 0; i++) {
            long r = (long)rank[i];
            int is_outlier = certain[r];
            if (!is_outlier && fabs(margins[r]) > blurs[r])
                is_outlier = margins[r] > 0.0;
            else if (!is_outlier)
                is_outlier = leaves_mean(values + r, size - r, allowed[r], least);
            if (is_outlier)
                found = r;
        }
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&upward), PyBuffer_Release(&critical), PyBuffer_Release(&by_median);
    PyBuffer_Release(&margin), PyBuffer_Release(&blur), PyBuffer_Release(&ranks);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "a rank has no value, or no figures"), NULL;
    return PyLong_FromLong(found);
}
