/* Shared by the kernels: the names of the two builds, and the declarations of the Python functions. */
#ifndef ANOMALY_FOREST_KERNELS_H
#define ANOMALY_FOREST_KERNELS_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>

/* The extension is built twice: `_compiled` for every processor, `_compiled_wide` for those that `has_wide` detects. */
#ifdef __FMA__
#define NAME "_compiled_wide"
#define INITIALISE PyInit__compiled_wide
#else
#define NAME "_compiled"
#define INITIALISE PyInit__compiled
#endif

PyObject *grow_isolation(PyObject *module, PyObject *args);
PyObject *isolation_depths(PyObject *module, PyObject *args);

#endif
