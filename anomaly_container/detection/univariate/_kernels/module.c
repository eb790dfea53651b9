/* The compiled kernels of the engine. Each has a twin in numpy that gives the same bits and runs if they are not built. */
#include "kernels.h"

#include "../../numeric/kernel_module.h"

static PyMethodDef methods[] = {
    HAS_WIDE,
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

DEFINE_MODULE(methods);

PyMODINIT_FUNC INITIALISE(void) { return PyModuleDef_Init(&definition); }
