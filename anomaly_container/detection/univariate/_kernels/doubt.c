/* The closer look at ranks of the ESD test; `esd.py` has the twin. Sums are those of numpy: single precision, in its
   pairwise order. */
#include "kernels.h"

#define BLOCK 128 /* values that numpy adds without halving them */
#define SIDE 8    /* running sums within a block */

typedef struct {
    float centre; /* what is taken off each value */
    int squared;  /* whether the square of what is left is added */
} term;

INLINE float value_of(float number, term t)
{
    float distance = number - t.centre;
    return t.squared ? distance * distance : number;
}

static float pairwise(const float *numbers, long size, term t)
{
    if (size < SIDE) {
        float total = -0.0f;
        for (long i = 0; i < size; i++)
            total += value_of(numbers[i], t);
        return total;
    }
    if (size <= BLOCK) {
        float sums[SIDE];
        for (int j = 0; j < SIDE; j++)
            sums[j] = value_of(numbers[j], t);
        long i = SIDE;
        for (; i < size - size % SIDE; i += SIDE)
            for (int j = 0; j < SIDE; j++)
                sums[j] += value_of(numbers[i + j], t);
        float total = ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
        for (; i < size; i++)
            total += value_of(numbers[i], t);
        return total;
    }
    long half = size / 2;
    half -= half % SIDE;
    return pairwise(numbers, half, t) + pairwise(numbers + half, size - half, t);
}

/* The sum that numpy's reduction begins with 0, over the number of values. */
static float mean_of(const float *numbers, long size, term t)
{
    return (float)((double)(0.0f + pairwise(numbers, size, t)) / (double)size);
}

static int is_outlier(const float *upward, long size, long rank, float critical, float least)
{
    const float *rest = upward + rank;
    long left = size - rank;
    float mean = mean_of(rest, left, (term){0.0f, 0});
    float deviation = sqrtf(mean_of(rest, left, (term){mean, 1}));
    /* A deviation that is not a number stays one, as with Python's max. */
    float spread = least > deviation ? least : deviation;
    return (rest[0] - mean) / spread > critical;
}

/* first_outlier(upward, critical, ranks, least) -> int: upward is (n,) float32, descending; critical, (k,) float32, belongs
   to the first ranks; ranks, (m,) int64, below k, are looked at in turn. The answer is the place of the first that is an
   outlier, -1 without one. */
PyObject *first_outlier(PyObject *module, PyObject *args)
{
    Py_buffer upward, critical, ranks;
    float least;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*y*f", &upward, &critical, &ranks, &least))
        return NULL;
    long size = (long)(upward.len / (Py_ssize_t)sizeof(float)), known = (long)(critical.len / (Py_ssize_t)sizeof(float));
    long count = (long)(ranks.len / (Py_ssize_t)sizeof(long long)), found = -1;
    const long long *rank = ranks.buf;
    int fits = known <= size;
    for (long i = 0; i < count && fits; i++)
        fits = rank[i] >= 0 && rank[i] < known;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        for (long i = 0; i < count && found < 0; i++)
            if (is_outlier(upward.buf, size, (long)rank[i], ((const float *)critical.buf)[rank[i]], least))
                found = i;
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&upward), PyBuffer_Release(&critical), PyBuffer_Release(&ranks);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "a rank has no value, or no critical value"), NULL;
    return PyLong_FromLong(found);
}
