/* Both ends of a running median, where the window is cut short; `running_median.py` has the twin. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

/* How many of the ascending window are at most `value`. */
static long rank_of(const float *window, long size, double value)
{
    long low = 0;
    while (size > 0) {
        long half = size / 2;
        if ((double)window[low + half] <= value)
            low += half + 1, size -= half + 1;
        else
            size = half;
    }
    return low;
}

static void insert(float *window, long size, float value)
{
    long rank = rank_of(window, size, value);
    memmove(window + rank + 1, window + rank, (size_t)(size - rank) * sizeof(float));
    window[rank] = value;
}

/* Take out the largest element that is at most `leaving`, or the smallest: so does the service. */
static void withdraw(float *window, long size, double leaving)
{
    long rank = rank_of(window, size, leaving);
    rank = rank > 0 ? rank - 1 : 0;
    memmove(window + rank, window + rank + 1, (size_t)(size - rank - 1) * sizeof(float));
}

static float middle(const float *window, long size)
{
    return size % 2 ? window[size / 2] : (window[size / 2 - 1] + window[size / 2]) / 2.0f;
}

static int by_size(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void fill_ends(const double *values, const float *single, float *medians, long size, long width, float *window)
{
    long half = width / 2;
    memcpy(window, single, (size_t)half * sizeof(float));
    qsort(window, (size_t)half, sizeof(float), by_size);
    for (long i = 0; i < half; i++) {
        insert(window, half + i, single[half + i]);
        medians[i] = middle(window, half + i + 1);
    }
    memcpy(window, single + size - width, (size_t)width * sizeof(float));
    qsort(window, (size_t)width, sizeof(float), by_size);
    for (long i = 0; i < half; i++) {
        withdraw(window, width - i, values[size - width + i]);
        medians[size - half + i] = middle(window, width - i - 1);
    }
}

/* truncated_ends(values, single, medians, width): (n,) float64, float32 and float32; the first and last width // 2
   medians are filled. */
PyObject *truncated_ends(PyObject *module, PyObject *args)
{
    Py_buffer values, single, medians;
    long width;
    float *window = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*w*l", &values, &single, &medians, &width))
        return NULL;
    long size = (long)(single.len / (Py_ssize_t)sizeof(float));
    int fits = width >= 1 && width <= size && medians.len == single.len && values.len == 2 * single.len;
    Py_BEGIN_ALLOW_THREADS
    if (fits)
        window = malloc((size_t)(width + 1) * sizeof(float));
    if (window)
        fill_ends(values.buf, single.buf, medians.buf, size, width, window);
    free(window);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values), PyBuffer_Release(&single), PyBuffer_Release(&medians);
    if (!fits)
        PyErr_SetString(PyExc_ValueError, "the window is no longer than the series, and the arrays are equally long");
    else if (!window)
        PyErr_NoMemory();
    if (!fits || !window)
        return NULL;
    Py_RETURN_NONE;
}
