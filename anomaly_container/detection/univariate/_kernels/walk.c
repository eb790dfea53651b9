/* The walk along a trend that finds change points; the twin is in `change_points.py`. */
#include "kernels.h"

#include <math.h>

/* The least-squares line through a prefix of a segment, updated point by point. */
typedef struct {
    double base, total, moment_sum, count, mean, slope;
} line;

static line line_from(double value) { return (line){value, 0.0, 0.0, 1.0, 0.0, 0.0}; }

static void extend(line *l, double value)
{
    double height = value - l->base;
    l->total += height;
    l->moment_sum += height * l->count;
    l->count += 1.0;
    l->mean = l->total / l->count;
    l->slope = 12.0 * (l->moment_sum - l->total * (l->count - 1.0) / 2.0) /
               (l->count * (l->count * l->count - 1.0));
}

typedef struct {
    const double *level;
    long size;
    double spread, limit;
    double *scores;
} walk;

/* Score the points of the segment from `start`; return where its line breaks, or the size, and the line before that point. */
static long score_segment(const walk *w, long start, line *before)
{
    line l = line_from(w->level[start]);
    for (long i = start + 1; i < w->size; i++) {
        *before = l;
        extend(&l, w->level[i]);
        double residual = w->level[i] - l.base - (l.mean + l.slope * (l.count - 1.0) / 2.0);
        double score = i - start < 2 ? 0.0 : fabs(residual) / w->spread;
        w->scores[i] = score;
        if (score > w->limit)
            return i;
    }
    *before = l;
    return w->size;
}

static void go(const walk *w, long window, char *flags)
{
    long candidate = -1;
    double forecast = 0.0;
    for (long start = 0; start < w->size;) {
        line before;
        long stop = score_segment(w, start, &before), last = stop < w->size ? stop : w->size - 1;
        if (candidate >= 0 && last - candidate >= window) {
            flags[candidate] = 1;
            w->scores[candidate] = fabs(w->level[candidate] - forecast) / w->spread;
            candidate = -1;
        }
        if (candidate < 0 && stop < w->size)
            forecast = before.base + before.mean + before.slope * (before.count + 1.0) / 2.0;
        start = candidate = stop;
    }
}

/* walk_trend(level, spread, limit, window, flags, scores): level is (n,) float64; flags, (n,) bool, and scores, (n,)
   float64, are zero on entry and are filled. */
PyObject *walk_trend(PyObject *module, PyObject *args)
{
    Py_buffer level, flags, scores;
    double spread, limit;
    long window;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*ddlw*w*", &level, &spread, &limit, &window, &flags, &scores))
        return NULL;
    long size = (long)(level.len / (Py_ssize_t)sizeof(double));
    int fits = scores.len == level.len && flags.len == size;
    Py_BEGIN_ALLOW_THREADS
    if (fits) {
        walk w = {level.buf, size, spread, limit, scores.buf};
        go(&w, window, flags.buf);
    }
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&level), PyBuffer_Release(&flags), PyBuffer_Release(&scores);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "the arrays are equally long"), NULL;
    Py_RETURN_NONE;
}
