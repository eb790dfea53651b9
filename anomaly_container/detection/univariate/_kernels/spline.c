/* Least-squares cubic spline at 0, 1, ..., n - 1; the twin, scipy's FITPACK, gives the same bits.

   Source: Dierckx, "Curve and Surface Fitting with Splines", Oxford 1993: the observation matrix is reduced to a banded
   triangle row by row with Givens rotations, in the order of operations of his program: rounding decides the sign of the
   residuals of noise-free data.

   A row takes four rotations, one after the other, each in the next column. While one row is in its second column, the next
   row can be in its first: four rows pass through the columns of an interval side by side, one in each lane. */
#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#define ORDER 4 /* a cubic has four coefficients on each interval */

/* One lane for each column of an interval, or for each of four points. */
typedef double four __attribute__((vector_size(32), aligned(8)));
typedef long long four_mask __attribute__((vector_size(32), aligned(8)));

typedef struct {
    four band[ORDER]; /* the triangle: its diagonal in these columns, and the entries to its right */
    four right_side;
} columns;

typedef struct {
    four entry[ORDER]; /* the rest of a row, from the column of its lane on */
    four value;
} rows;

INLINE four pick(four_mask mask, four a, four b)
{
#ifdef __FMA__
    return (four)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)mask);
#else
    return (four)(((four_mask)a & mask) | ((four_mask)b & ~mask));
#endif
}

INLINE four larger(four a, four b)
{
#ifdef __FMA__
    return (four)_mm256_max_pd((__m256d)a, (__m256d)b);
#else
    return pick(a >= b, a, b);
#endif
}

INLINE four smaller(four a, four b)
{
#ifdef __FMA__
    return (four)_mm256_min_pd((__m256d)a, (__m256d)b);
#else
    return pick(a >= b, b, a);
#endif
}

INLINE four roots(four a)
{
#ifdef __FMA__
    return root(a);
#else
    for (int lane = 0; lane < ORDER; lane++)
        a[lane] = sqrt(a[lane]);
    return a;
#endif
}

/* The distances between knots by which the B-splines on an interval are divided, for degree d and index i at [d - 1][i]. */
typedef struct {
    double width[ORDER - 1][ORDER - 1], reciprocal[ORDER - 1][ORDER - 1];
} gaps;

static gaps about(const double *knots, long left)
{
    gaps g;
    for (int degree = 1; degree < ORDER; degree++)
        for (int i = 0; i < degree; i++) {
            g.width[degree - 1][i] = knots[left + 1 + i] - knots[left + 1 + i - degree];
            g.reciprocal[degree - 1][i] = 1.0 / g.width[degree - 1][i];
        }
    return g;
}

INLINE four over(four a, double b, double reciprocal)
{
#ifdef __FMA__
    const four none = {0};
    return divide(a, b - none, reciprocal - none);
#else
    (void)reciprocal;
    return a / b;
#endif
}

/* The four nonzero B-splines on [knots[left], knots[left + 1]), at four points. */
INLINE void basis(const double *knots, const gaps *g, long left, four x, four *h)
{
    four lower[ORDER];
    h[0] = (four){1.0, 1.0, 1.0, 1.0};
#pragma GCC unroll 4
    for (int degree = 1; degree < ORDER; degree++) {
        for (int i = 0; i < degree; i++)
            lower[i] = h[i];
        h[0] = (four){0};
        for (int i = 0; i < degree; i++) {
            double right = knots[left + 1 + i], before = knots[left + 1 + i - degree];
            four share = over(lower[i], g->width[degree - 1][i], g->reciprocal[degree - 1][i]);
            h[i] += share * (right - x);
            h[i + 1] = share * (x - before);
        }
    }
}

INLINE void turn(four cosine, four sine, four *a, four *b)
{
    four kept = *a, other = *b;
    *b = cosine * other + sine * kept;
    *a = cosine * kept - sine * other;
}

/* One rotation in every lane; a lane whose row is zero in its column is unchanged. */
INLINE void rotate(rows *r, columns *c)
{
    const four zero = {0}, one = {1.0, 1.0, 1.0, 1.0};
    four pivot = r->entry[0], diagonal = c->band[0], size = (four)((four_mask)pivot & INT64_MAX);
    four_mask idle = pivot == zero;
    four more = larger(size, diagonal), less = smaller(size, diagonal), ratio = less / more;
    four length = more * roots(one + ratio * ratio);
    four cosine = pick(idle, one, diagonal / length), sine = pick(idle, zero, pivot / length);
    c->band[0] = pick(idle, diagonal, length);
    turn(cosine, sine, &r->value, &c->right_side);
    for (int i = 1; i < ORDER; i++)
        turn(cosine, sine, &r->entry[i], &c->band[i]);
}

/* Shift each lane to the next; the first one becomes `first`. */
INLINE four hand_on(four lanes_of, double first)
{
    return __builtin_shuffle(lanes_of, (four){first, 0.0, 0.0, 0.0}, (four_mask){4, 0, 1, 2});
}

/* Rotate rows of the observation matrix into the columns of their interval. */
static void rotate_in(const double *const *h, const double *values, long begin, long end, columns *c)
{
    rows turned = {{{0}}, {0}}, waiting = turned;
    for (long i = begin; i < end + 2 * (ORDER - 1); i++) {
        int comes_in = i < end;
        rows r;
        for (int j = 0; j < ORDER; j++)
            r.entry[j] = hand_on(j + 1 < ORDER ? waiting.entry[j + 1] : (four){0}, comes_in ? h[j][i] : 0.0);
        r.value = hand_on(waiting.value, comes_in ? values[i] : 0.0);
        rotate(&r, c);
        waiting = turned, turned = r;
    }
}

/* The end of the interval that begins with point `begin`; `left` is moved to the knot on its left. */
static long interval(const double *knots, long count, long size, long begin, long *left)
{
    while (*left < count - 1 && (double)begin >= knots[*left + 1])
        ++*left;
    long end = begin + 1;
    while (end < size && (*left == count - 1 || (double)end < knots[*left + 1]))
        end++;
    return end;
}

/* Solve the banded triangle by back substitution; the coefficients replace the right side. */
static void solve(double (*triangle)[ORDER], double *right_side, long count)
{
    for (long i = count - 1; i >= 0; i--) {
        double rest = right_side[i];
        for (long j = 1; j < ORDER && i + j < count; j++)
            rest -= right_side[i + j] * triangle[i][j];
        right_side[i] = rest / triangle[i][0];
    }
}

/* `triangle` and `coefficients` are zero on entry; `h` has room for the B-splines at size + 3 points. */
static void fit(const double *values, long size, const double *knots, long count, double (*triangle)[ORDER],
                double *coefficients, double *const *h, double *fitted)
{
    for (long begin = 0, end, left = ORDER - 1; begin < size; begin = end) {
        end = interval(knots, count, size, begin, &left);
        gaps g = about(knots, left);
        for (long i = begin; i < end; i += ORDER) {
            four at[ORDER], x = {(double)i, (double)(i + 1), (double)(i + 2), (double)(i + 3)};
            basis(knots, &g, left, x, at);
            for (int j = 0; j < ORDER; j++)
                *(four *)(h[j] + i) = at[j];
        }
        long first = left - ORDER + 1;
        columns c = {.right_side = *(four *)(coefficients + first)};
        double(*row)[ORDER] = triangle + first;
        for (int j = 0; j < ORDER; j++)
            c.band[j] = (four){row[0][j], row[1][j], row[2][j], row[3][j]};
        rotate_in((const double *const *)h, values, begin, end, &c);
        for (int lane = 0; lane < ORDER; lane++)
            for (int j = 0; j < ORDER; j++)
                row[lane][j] = c.band[j][lane];
        *(four *)(coefficients + first) = c.right_side;
    }
    solve(triangle, coefficients, count);
    for (long begin = 0, end, left = ORDER - 1; begin < size; begin = end) {
        end = interval(knots, count, size, begin, &left);
        const double *c = coefficients + left - ORDER + 1;
        for (long i = begin; i < end; i++)
            fitted[i] = 0.0 + c[0] * h[0][i] + c[1] * h[1][i] + c[2] * h[2][i] + c[3] * h[3][i];
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
    long padded = size + ORDER - 1;
    double *memory = fits ? calloc((size_t)(count * (ORDER + 2) + ORDER * (padded + 1)), sizeof(double)) : NULL;
    if (memory) {
        Py_BEGIN_ALLOW_THREADS
        double *coefficients = memory + count * ORDER, *knots = coefficients + count, *h[ORDER];
        for (int j = 0; j < ORDER; j++)
            h[j] = knots + count + ORDER + j * padded;
        for (long i = 0; i < count + ORDER; i++)
            knots[i] = i < ORDER ? 0.0 : i < count ? ((const double *)inner.buf)[i - ORDER] : (double)(size - 1);
        fit(values.buf, size, knots, count, (double (*)[ORDER])memory, coefficients, h, fitted.buf);
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
