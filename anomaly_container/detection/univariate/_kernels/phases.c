/* Leave-one-out errors of seasons of many lengths; the twin is in `cross_validation.py`. */
#include "kernels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LOOK 32              /* phases between two looks at how large an error has become */
#define BEYOND_ROUNDING 1e-9 /* share of the sum of squares that rounding stays well below */

/* Sum as many phases side by side as there are lanes, over the complete cycles. */
INLINE void sum_lanes(const double *values, long cycles, long period, lanes *total, lanes *squares)
{
    lanes sum = {{{0}}}, square = {{{0}}};
    for (long cycle = 0; cycle < cycles; cycle++) {
        const part *value = (const part *)(values + cycle * period);
        EACH {
            sum.v[j] += value[j];
            square.v[j] += value[j] * value[j];
        }
    }
    *total = sum, *squares = square;
}

static double add_up(const lanes *numbers)
{
    double sum = 0.0;
    for (int lane = 0; lane < LANES; lane++)
        sum += numbers->at[lane];
    return sum;
}

/* Sum every phase; return 0 as soon as the squared distances of some phases from their means add up to more than `most`. */
static int sum_phases(const double *values, long size, long period, double most, double *total, double *squares)
{
    long cycles = size / period, phase = 0;
    lanes sum, square, apart = {{{0}}};
    const part share = all(1.0 / (double)cycles);
    for (; phase + LANES <= period; phase += LANES) {
        sum_lanes(values + phase, cycles, period, &sum, &square);
        memcpy(total + phase, &sum, sizeof sum);
        memcpy(squares + phase, &square, sizeof square);
        EACH apart.v[j] += square.v[j] - sum.v[j] * sum.v[j] * share;
        if (phase % LOOK == 0 && add_up(&apart) > most)
            return 0;
    }
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
    return 1;
}

/* The summed squared error of phases with `count` members each. */
static double error(const double *total, const double *squares, long phases, double count)
{
    double weight = count / (count - 1.0), sum = 0.0;
    for (long phase = 0; phase < phases; phase++)
        sum += squares[phase] - total[phase] * total[phase] / count;
    return weight * weight * sum;
}

static double weight_of(double count) { return count / (count - 1.0) * (count / (count - 1.0)); }

/* The error of a season, infinite if it is certainly larger than `limit`: no phase lowers the sum, and `blur` is more than all
   rounding. `total` has room for `size` numbers. */
static double season_error(const double *values, long size, long period, double limit, double blur, double *total)
{
    long full = size / period, extra = size % period;
    double *squares = total + period, most = limit * (double)size / weight_of((double)(full + 1)) + blur;
    if (!sum_phases(values, size, period, most, total, squares))
        return INFINITY;
    double shorter = error(total + extra, squares + extra, period - extra, (double)full);
    return (shorter + error(total, squares, extra, (double)(full + 1))) / (double)size;
}

static void all_errors(const double *values, long size, const long long *periods, long count, double limit, double *total,
                       double *errors)
{
    double blur = 0.0;
    for (long i = 0; i < size; i++)
        blur += BEYOND_ROUNDING * (values[i] * values[i]);
    for (long i = 0; i < count; i++) {
        errors[i] = season_error(values, size, (long)periods[i], limit, blur, total);
        limit = errors[i] < limit ? errors[i] : limit;
    }
}

/* season_errors(values, periods, limit, errors): (n,) float64, (k,) int64, float and (k,) float64; the last is filled. An error
   that is larger than the limit, or than one before it, may be infinite. */
PyObject *season_errors(PyObject *module, PyObject *args)
{
    Py_buffer values, periods, errors;
    double limit;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*dw*", &values, &periods, &limit, &errors))
        return NULL;
    long size = (long)(values.len / (Py_ssize_t)sizeof(double)), count = (long)(errors.len / (Py_ssize_t)sizeof(double));
    const long long *period = periods.buf;
    int fits = periods.len == errors.len;
    for (long i = 0; fits && i < count; i++)
        fits = period[i] >= 1 && 2 * period[i] <= size;
    double *total = fits ? malloc((size_t)(size + 1) * sizeof(double)) : NULL;
    Py_BEGIN_ALLOW_THREADS
    if (total)
        all_errors(values.buf, size, period, count, limit, total, errors.buf);
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
