/* How badly seasons of many lengths foretell a series; `cross_validation.py` has the twin and says what is computed. */
#include "kernels.h"

#include <stdlib.h>
#include <string.h>

static void sum_phases(const double *values, long size, long period, double *total, double *squares)
{
    memset(total, 0, (size_t)period * sizeof(double));
    memset(squares, 0, (size_t)period * sizeof(double));
    for (long start = 0; start < size; start += period) {
        long members = size - start < period ? size - start : period;
        for (long phase = 0; phase < members; phase++) {
            double value = values[start + phase];
            total[phase] += value;
            squares[phase] += value * value;
        }
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
