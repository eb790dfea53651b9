/* Leave-one-out errors of seasons of many lengths; the twin is in `cross_validation.py`. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

/* Sum as many phases side by side as there are lanes, over the complete cycles. */
static void sum_lanes(const double *values, long cycles, long period, double *total, double *squares)
{
    lanes sum = {{{0}}}, square = {{{0}}};
    for (long cycle = 0; cycle < cycles; cycle++) {
        const part *value = (const part *)(values + cycle * period);
        EACH {
            sum.v[j] += value[j];
            square.v[j] += value[j] * value[j];
        }
    }
    memcpy(total, &sum, sizeof sum);
    memcpy(squares, &square, sizeof square);
}

static void sum_phases(const double *values, long size, long period, double *total, double *squares)
{
    long cycles = size / period, phase = 0;
    for (; phase + LANES <= period; phase += LANES)
        sum_lanes(values + phase, cycles, period, total + phase, squares + phase);
    memset(total + phase, 0, (size_t)(period - phase) * sizeof(double));
    memset(squares + phase, 0, (size_t)(period - phase) * sizeof(double));
    for (long cycle = 0; cycle < cycles; cycle++)
        for (long rest = phase; rest < period; rest++) {
            double value = values[cycle * period + rest];
            total[rest] += value;
            squares[rest] += value * value;
        }
    for (long last = 0; last < size % period; last++) {
        double value = values[cycles * period + last];
        total[last] += value;
        squares[last] += value * value;
    }
}

/* The summed squared error of phases with `count` members each. */
static double error(const double *total, const double *squares, long phases, double count)
{
    double weight = count / (count - 1.0), sum = 0.0;
    for (long phase = 0; phase < phases; phase++)
        sum += squares[phase] - total[phase] * total[phase] / count;
    return weight * weight * sum;
}

/* season_errors(values, periods, errors): (n,) float64, (k,) int64 and (k,) float64; the last is filled. */
PyObject *season_errors(PyObject *module, PyObject *args)
{
    Py_buffer values, periods, errors;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*w*", &values, &periods, &errors))
        return NULL;
    long size = (long)(values.len / (Py_ssize_t)sizeof(double)), count = (long)(errors.len / (Py_ssize_t)sizeof(double));
    const long long *period = periods.buf;
    int fits = periods.len == errors.len;
    for (long i = 0; fits && i < count; i++)
        fits = period[i] >= 1 && 2 * period[i] <= size;
    double *total = fits ? malloc((size_t)(size + 1) * sizeof(double)) : NULL;
    Py_BEGIN_ALLOW_THREADS
    for (long i = 0; total && i < count; i++) {
        long phases = (long)period[i], full = size / phases, extra = size % phases;
        double *squares = total + phases;
        sum_phases(values.buf, size, phases, total, squares);
        double shorter = error(total + extra, squares + extra, phases - extra, (double)full);
        ((double *)errors.buf)[i] = (shorter + error(total, squares, extra, (double)(full + 1))) / (double)size;
    }
    Py_END_ALLOW_THREADS
    int ran_out = fits && !total;
    free(total);
    PyBuffer_Release(&values), PyBuffer_Release(&periods), PyBuffer_Release(&errors);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "each season fits twice, and has its own error"), NULL;
    if (ran_out)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}
