/* The compiled kernels of the engine. Each has a twin in numpy that gives the same bits and runs if they are not built. */
#include "kernels.h"

/* has_wide() -> bool: whether this processor can run the wide build. */
static PyObject *has_wide(PyObject *module, PyObject *args)
{
    (void)module, (void)args;
#ifdef __x86_64__
    return PyBool_FromLong(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
#else
    Py_RETURN_FALSE;
#endif
}

static PyMethodDef methods[] = {
    {"has_wide", has_wide, METH_NOARGS, NULL},
    {"stl", stl, METH_VARARGS, NULL},
    {"median_slope", median_slope, METH_VARARGS, NULL},
    {"running_median", running_median, METH_VARARGS, NULL},
    {"esd", esd, METH_VARARGS, NULL},
    {"first_outlier", first_outlier, METH_VARARGS, NULL},
    {"season_errors", season_errors, METH_VARARGS, NULL},
    {"spline", spline, METH_VARARGS, NULL},
    {"walk_trend", walk_trend, METH_VARARGS, NULL},
    {"introsort", introsort, METH_VARARGS, NULL},
    {"magnitude", magnitude, METH_VARARGS, NULL},
    {"log", log_each, METH_VARARGS, NULL},
    {"exp", exp_each, METH_VARARGS, NULL},
    {"cbrt", cbrt_each, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, NAME, NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC INITIALISE(void) { return PyModuleDef_Init(&definition); }
