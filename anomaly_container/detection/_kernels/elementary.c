/* Elementary functions of the C library, number by number; `elementary.py` has the twins and says why. */
#include "kernels.h"

#define LEAST_SQUARE 0x1p-960
#define MISFIT "there is a result for each value"

static PyObject *each(PyObject *args, double (*function)(double))
{
    Py_buffer values, results;
    if (!PyArg_ParseTuple(args, "y*w*", &values, &results))
        return NULL;
    int fits = values.len == results.len;
    Py_BEGIN_ALLOW_THREADS
    for (long i = 0; fits && i < (long)(values.len / (Py_ssize_t)sizeof(double)); i++)
        ((double *)results.buf)[i] = function(((const double *)values.buf)[i]);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values), PyBuffer_Release(&results);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, MISFIT), NULL;
    Py_RETURN_NONE;
}

INLINE double length(double a, double b)
{
    double square = a * a + b * b;
    return square > LEAST_SQUARE && square < 1.0 / LEAST_SQUARE ? sqrt(square) : hypot(a, b);
}

/* magnitude(numbers, results): (n,) complex128 and (n,) float64; the second is filled. */
PyObject *magnitude(PyObject *module, PyObject *args)
{
    Py_buffer numbers, results;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*w*", &numbers, &results))
        return NULL;
    int fits = numbers.len == 2 * results.len;
    const double *parts = numbers.buf;
    Py_BEGIN_ALLOW_THREADS
    for (long i = 0; fits && i < (long)(results.len / (Py_ssize_t)sizeof(double)); i++)
        ((double *)results.buf)[i] = length(parts[2 * i], parts[2 * i + 1]);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&numbers), PyBuffer_Release(&results);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, MISFIT), NULL;
    Py_RETURN_NONE;
}

/* log(values, results), exp(values, results), cbrt(values, results): (n,) float64 each; the second is filled. */
PyObject *log_each(PyObject *module, PyObject *args) { return (void)module, each(args, log); }
PyObject *exp_each(PyObject *module, PyObject *args) { return (void)module, each(args, exp); }
PyObject *cbrt_each(PyObject *module, PyObject *args) { return (void)module, each(args, cbrt); }
