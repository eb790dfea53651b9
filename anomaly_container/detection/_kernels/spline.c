/* Least-squares cubic spline at 0, 1, ..., n - 1; scipy's FITPACK, the twin, gives the same bits.

   Source: Dierckx, "Curve and Surface Fitting with Splines", Oxford 1993: the observation matrix is brought to a band
   triangle row by row by Givens rotations, with the order of operations of his program, since the sign of what the spline
   leaves of noise-free data is decided by its rounding. */
#include "kernels.h"

#include <math.h>
#include <stdlib.h>

#define ORDER 4 /* a cubic has four coefficients on each interval */

/* The four B-splines that are not zero on [knots[left], knots[left + 1]), at x. */
INLINE void basis(const double *knots, long left, double x, double *h)
{
    double lower[ORDER];
    h[0] = 1.0;
    for (int degree = 1; degree < ORDER; degree++) {
        for (int i = 0; i < degree; i++)
            lower[i] = h[i];
        h[0] = 0.0;
        for (int i = 0; i < degree; i++) {
            double right = knots[left + 1 + i], before = knots[left + 1 + i - degree];
            double share = lower[i] / (right - before);
            h[i] += share * (right - x);
            h[i + 1] = share * (x - before);
        }
    }
}

INLINE void turn(double cosine, double sine, double *a, double *b)
{
    double kept = *a, other = *b;
    *b = cosine * other + sine * kept;
    *a = cosine * kept - sine * other;
}

/* Rotate one row of the observation matrix, four entries from column `first` on, into the triangle. */
INLINE void rotate(double *h, double value, long first, double (*triangle)[ORDER], double *right_side)
{
    for (int i = 0; i < ORDER; i++) {
        double pivot = h[i], *row = triangle[first + i], size = fabs(pivot), length;
        if (pivot == 0.0)
            continue;
        if (size >= row[0]) {
            double ratio = row[0] / pivot;
            length = size * sqrt(1.0 + ratio * ratio);
        } else {
            double ratio = pivot / row[0];
            length = row[0] * sqrt(1.0 + ratio * ratio);
        }
        double cosine = row[0] / length, sine = pivot / length;
        row[0] = length;
        turn(cosine, sine, &value, right_side + first + i);
        for (int j = i + 1; j < ORDER; j++)
            turn(cosine, sine, h + j, row + j - i);
    }
}

/* Solve the band triangle from its end; the coefficients replace the right side. */
static void solve(double (*triangle)[ORDER], double *right_side, long count)
{
    for (long i = count - 1; i >= 0; i--) {
        double rest = right_side[i];
        for (long j = 1; j < ORDER && i + j < count; j++)
            rest -= right_side[i + j] * triangle[i][j];
        right_side[i] = rest / triangle[i][0];
    }
}

static void fit(const double *values, long size, const double *knots, long count, double (*triangle)[ORDER],
                double *coefficients, double *fitted)
{
    double h[ORDER];
    for (long i = 0; i < count; i++) {
        coefficients[i] = 0.0;
        for (int j = 0; j < ORDER; j++)
            triangle[i][j] = 0.0;
    }
    for (long i = 0, left = ORDER - 1; i < size; i++) {
        while (left < count - 1 && (double)i >= knots[left + 1])
            left++;
        basis(knots, left, (double)i, h);
        rotate(h, values[i], left - ORDER + 1, triangle, coefficients);
    }
    solve(triangle, coefficients, count);
    for (long i = 0, left = ORDER - 1; i < size; i++) {
        while (left < count - 1 && (double)i >= knots[left + 1])
            left++;
        basis(knots, left, (double)i, h);
        double sum = 0.0;
        for (int j = 0; j < ORDER; j++)
            sum += coefficients[left - ORDER + 1 + j] * h[j];
        fitted[i] = sum;
    }
}

/* spline(values, inner, fitted): values and fitted are (n,) float64; inner, (k,) float64, are ascending knots within
   (0, n - 1), with data in every interval. */
PyObject *spline(PyObject *module, PyObject *args)
{
    Py_buffer values, inner, fitted;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*w*", &values, &inner, &fitted))
        return NULL;
    long size = (long)(values.len / (Py_ssize_t)sizeof(double)), given = (long)(inner.len / (Py_ssize_t)sizeof(double));
    long count = given + ORDER;
    int fits = fitted.len == values.len && size >= count;
    double *memory = fits ? malloc((size_t)(count * (ORDER + 1) + count + ORDER) * sizeof(double)) : NULL;
    if (memory) {
        Py_BEGIN_ALLOW_THREADS
        double *coefficients = memory + count * ORDER, *knots = coefficients + count;
        for (long i = 0; i < count + ORDER; i++)
            knots[i] = i < ORDER ? 0.0 : i < count ? ((const double *)inner.buf)[i - ORDER] : (double)(size - 1);
        fit(values.buf, size, knots, count, (double (*)[ORDER])memory, coefficients, fitted.buf);
        Py_END_ALLOW_THREADS
    }
    int ran_out = fits && !memory;
    free(memory);
    PyBuffer_Release(&values), PyBuffer_Release(&inner), PyBuffer_Release(&fitted);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "a spline has fewer coefficients than points"), NULL;
    if (ran_out)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}
