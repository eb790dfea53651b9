/* Shared by the kernels: vectors of eight numbers, and the declarations of the Python functions. */
#ifndef ANOMALY_KERNELS_H
#define ANOMALY_KERNELS_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>

/* The extension is built twice: `_compiled` for every processor, `_compiled_wide` for those with wider registers and fused
   multiplication, which `has_wide` detects. */
#ifdef __FMA__
#include <immintrin.h>
#define VECTOR_BYTES 32
#define NAME "_compiled_wide"
#define INITIALISE PyInit__compiled_wide
#else
#define VECTOR_BYTES 16
#define NAME "_compiled"
#define INITIALISE PyInit__compiled
#endif

/* Eight sums side by side, each in the order of its own elements, in registers that every processor of the build has. A
   wider vector would be kept in memory. */
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

/* One number in every element. */
INLINE part all(double number) { return number - (part){0}; }

/* 0, 1, 2, ... */
INLINE part count_up(void)
{
    part numbers;
    for (int place = 0; place < WIDTH; place++)
        numbers[place] = (double)place;
    return numbers;
}

/* a if the mask is set, else b. */
INLINE part choose(part_mask mask, part a, part b) { return (part)(((part_mask)a & mask) | ((part_mask)b & ~mask)); }

INLINE part root(part a)
{
#ifdef __FMA__
    return _mm256_sqrt_pd(a);
#else
    for (int place = 0; place < WIDTH; place++)
        a[place] = sqrt(a[place]);
    return a;
#endif
}

/* a / b, given the correctly rounded reciprocal of b. One fused correction of a * (1 / b) gives the correctly rounded quotient
   (Brisebarre, Muller and Raina, IEEE Transactions on Computers 53, 2004) without waiting for the divider. Quotients here
   neither overflow nor underflow. */
INLINE part divide(part a, part b, part reciprocal)
{
#ifdef __FMA__
    part quotient = a * reciprocal;
    return _mm256_fmadd_pd(_mm256_fnmadd_pd(b, quotient, a), reciprocal, quotient);
#else
    (void)reciprocal;
    return a / b;
#endif
}

PyObject *stl(PyObject *module, PyObject *args);
PyObject *median_slope(PyObject *module, PyObject *args);
PyObject *running_median(PyObject *module, PyObject *args);
PyObject *esd(PyObject *module, PyObject *args);
PyObject *first_outlier(PyObject *module, PyObject *args);
PyObject *season_errors(PyObject *module, PyObject *args);
PyObject *spline(PyObject *module, PyObject *args);
PyObject *walk_trend(PyObject *module, PyObject *args);
PyObject *introsort(PyObject *module, PyObject *args);
PyObject *magnitude(PyObject *module, PyObject *args);
PyObject *log_each(PyObject *module, PyObject *args);
PyObject *exp_each(PyObject *module, PyObject *args);
PyObject *cbrt_each(PyObject *module, PyObject *args);

#endif
