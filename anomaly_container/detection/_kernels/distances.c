/* Median distances from the median for the ESD test of many ranks; `esd.py` has the twin. */
#include "kernels.h"

/* The distance of a 0-based rank from `centre`: half the best run of rank + 1 neighbours among the first `size`. The
   run starts at the first place from which its right end is at least as far as its left one; the search goes on from
   where it ended last, since from one size to the next that place hardly moves. */
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

static void fill(const float *ordered, long size, const float *centre, float *distance, long ranks)
{
    long low_start = 0, high_start = 0;
    for (long i = 0; i < ranks; i++, size--) {
        float upper = kth_distance(ordered, size, centre[i], size / 2, &high_start);
        if (size % 2)
            distance[i] = upper;
        else
            distance[i] = (kth_distance(ordered, size, centre[i], (size - 1) / 2, &low_start) + upper) / 2.0f;
    }
}

/* median_distances(ordered, centre, distance): ordered is (n,) ascending; centre and distance are (k,), k <= n, all
   float32. distance[i] becomes the median distance from centre[i] of the first n - i values. */
PyObject *median_distances(PyObject *module, PyObject *args)
{
    Py_buffer ordered, centre, distance;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*w*", &ordered, &centre, &distance))
        return NULL;
    int fits = centre.len == distance.len && centre.len <= ordered.len;
    Py_BEGIN_ALLOW_THREADS
    if (fits)
        fill(ordered.buf, (long)(ordered.len / (Py_ssize_t)sizeof(float)), centre.buf, distance.buf,
             (long)(centre.len / (Py_ssize_t)sizeof(float)));
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&ordered), PyBuffer_Release(&centre), PyBuffer_Release(&distance);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "there are more ranks than values"), NULL;
    Py_RETURN_NONE;
}
