/* What the kernels share: vectors of eight numbers, and the few lines between Python and C. */
#ifndef ANOMALY_KERNELS_H
#define ANOMALY_KERNELS_H

#ifndef VECTOR_BYTES
#define VECTOR_BYTES 16
#endif

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Eight sums side by side, each in the order of its own elements, in the registers that every processor of the kind
   has. A vector wider than those would live in memory. */
#define WIDTH (VECTOR_BYTES / 8)
#define LANES 8
#define PARTS (LANES / WIDTH)
#define EACH for (int j = 0; j < PARTS; j++)
typedef double part __attribute__((vector_size(VECTOR_BYTES), aligned(8)));
typedef long long part_mask __attribute__((vector_size(VECTOR_BYTES), aligned(8)));
typedef union {
    part v[PARTS];
    double at[LANES];
} lanes;

#define INLINE static inline __attribute__((always_inline))

/* a where the mask is set, b elsewhere. */
INLINE part choose(part_mask mask, part a, part b) { return (part)(((part_mask)a & mask) | ((part_mask)b & ~mask)); }

PyObject *stl(PyObject *module, PyObject *args);
PyObject *median_slope(PyObject *module, PyObject *args);
PyObject *truncated_ends(PyObject *module, PyObject *args);
PyObject *median_distances(PyObject *module, PyObject *args);
PyObject *phase_sums(PyObject *module, PyObject *args);

#endif
