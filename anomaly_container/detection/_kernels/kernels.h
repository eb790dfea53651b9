/* What the kernels share: vectors of eight numbers, and the few lines between Python and C. */
#ifndef ANOMALY_KERNELS_H
#define ANOMALY_KERNELS_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>

/* The extension is built twice where the processor may have wider registers and fused multiplication: `_compiled` runs
   everywhere, `_compiled_wide` where `has_wide` says so. */
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

/* One number in every place. */
INLINE part all(double number) { return number - (part){0}; }

/* 0, 1, 2, ... */
INLINE part count_up(void)
{
    part numbers;
    for (int place = 0; place < WIDTH; place++)
        numbers[place] = (double)place;
    return numbers;
}

/* a where the mask is set, b elsewhere. */
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

/* a / b with its reciprocal, which must be rounded correctly. Two fused corrections of a * (1 / b) give the quotient
   rounded correctly (Markstein, IBM Journal of Research and Development 34, 1990) and do not wait for the divider. Quotients
   here are far from the ends of the range of numbers. */
INLINE part divide(part a, part b, part reciprocal)
{
#ifdef __FMA__
    part quotient = a * reciprocal;
    quotient = _mm256_fmadd_pd(_mm256_fnmadd_pd(b, quotient, a), reciprocal, quotient);
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
