/* Sums and sums of squares of the phases of a season; `cross_validation.py` has the twin. */
#include "kernels.h"

static void sum_phases(const double *values, long size, long period, double *total, double *squares)
{
    for (long phase = 0; phase < period; phase++)
        total[phase] = squares[phase] = 0.0;
    for (long start = 0; start < size; start += period) {
        long members = size - start < period ? size - start : period;
        for (long phase = 0; phase < members; phase++) {
            double value = values[start + phase];
            total[phase] += value;
            squares[phase] += value * value;
        }
    }
}

/* phase_sums(values, total, squares): (n,), (p,) and (p,) float64; the two of p phases are filled. */
PyObject *phase_sums(PyObject *module, PyObject *args)
{
    Py_buffer values, total, squares;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*w*w*", &values, &total, &squares))
        return NULL;
    int fits = total.len == squares.len && total.len > 0;
    Py_BEGIN_ALLOW_THREADS
    if (fits)
        sum_phases(values.buf, (long)(values.len / (Py_ssize_t)sizeof(double)),
                   (long)(total.len / (Py_ssize_t)sizeof(double)), total.buf, squares.buf);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values), PyBuffer_Release(&total), PyBuffer_Release(&squares);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "both sums have one place for each phase"), NULL;
    Py_RETURN_NONE;
}
