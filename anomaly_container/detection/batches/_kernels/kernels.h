/* Shared by the kernels: the names of the two builds, the kinds of bytes in a table, and the Python functions. */
#ifndef ANOMALY_BATCHES_KERNELS_H
#define ANOMALY_BATCHES_KERNELS_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* The extension is built twice: `_compiled` for every processor, `_compiled_wide` for those with wider registers. */
#ifdef __FMA__
#define NAME "_compiled_wide"
#define INITIALISE PyInit__compiled_wide
#else
#define NAME "_compiled"
#define INITIALISE PyInit__compiled
#endif

typedef unsigned char byte;

/* How a call ended; `csv_twin.py` has the same numbers. */
enum { DONE, RAGGED, UNCLOSED, MISCOUNTED, TOO_BIG };

PyObject *scan_rows(PyObject *module, PyObject *args);
PyObject *parse_rows(PyObject *module, PyObject *args);
PyObject *append_cells(PyObject *module, PyObject *args);

#endif
