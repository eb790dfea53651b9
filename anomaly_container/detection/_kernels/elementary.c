/* Elementary functions of the C library, number by number; `elementary.py` has the twins and says why. */
#include "kernels.h"

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
        return PyErr_SetString(PyExc_ValueError, "there is a result for each value"), NULL;
    Py_RETURN_NONE;
}

/* log(values, results), exp(values, results), cbrt(values, results): (n,) float64 each; the second is filled. */
PyObject *log_each(PyObject *module, PyObject *args) { return (void)module, each(args, log); }
PyObject *exp_each(PyObject *module, PyObject *args) { return (void)module, each(args, exp); }
PyObject *cbrt_each(PyObject *module, PyObject *args) { return (void)module, each(args, cbrt); }
