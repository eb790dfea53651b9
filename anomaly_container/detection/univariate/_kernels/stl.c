/* Periodic robust STL; the twin in `stl.py` gives the same bits. */
#include "average.h"
#include "loess.h"
#include "middle.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const double *values;
    double *trend, *seasonal, *remainder; /* results, used as scratch until then */
    long size, period, seasonal_span, passes;
    smoother trend_smoother, low_pass;
    double *subseries;  /* (rows, period): smoothed cycles, extended by one at both ends */
    double *level;      /* (size): moving averages of the subseries */
    double *detrended, *robustness, *residuals; /* (size) */
    double *tricube;    /* (2, cycles, 4): for the phases with fewer and with more cycles */
} fit;

/* Tricube weights of the cycles seen from cycles -1, 0, count - 1 and count. */
static void lay_cycles(double *weights, long count, long span)
{
    double from[4] = {-1.0, 0.0, (double)(count - 1), (double)count};
    for (int seen = 0; seen < 4; seen++) {
        double before = from[seen], after = (double)(count - 1) - from[seen];
        double bandwidth = (before > after ? before : after) + (double)((span - count) / 2);
        for (long k = 0; k < count; k++)
            weights[4 * k + seen] = tricube(fabs((double)k - from[seen]), bandwidth);
    }
}

INLINE void write_row(double *row, const lanes *values, long used)
{
    for (long lane = 0; lane < used; lane++)
        row[lane] = values->at[lane];
}

/* Weighted means of the cycles of neighbouring phases, seen from the four places; `total` is 0 if all weights are. */
INLINE void weighted_means(const double *robustness, const double *detrended, const double *weights, long period,
                           long count, part *total, part *mean)
{
    part divisor[4], reciprocal[4];
    for (int seen = 0; seen < 4; seen++)
        total[seen] = mean[seen] = (part){0};
    for (long k = 0; k < count; k++)
        for (int seen = 0; seen < 4; seen++)
            total[seen] += weights[4 * k + seen] * *(const part *)(robustness + k * period);
    for (int seen = 0; seen < 4; seen++) {
        divisor[seen] = choose(total[seen] > 0.0, total[seen], all(1.0));
        reciprocal[seen] = all(1.0) / divisor[seen];
    }
    for (long k = 0; k < count; k++) {
        part robust = *(const part *)(robustness + k * period), datum = *(const part *)(detrended + k * period);
        for (int seen = 0; seen < 4; seen++)
            mean[seen] += divide(weights[4 * k + seen] * robust, divisor[seen], reciprocal[seen]) * datum;
    }
}

/* Smooth the cycles of up to eight neighbouring phases: a line between the weighted means at both ends. Results for phases
   beyond those used are not written. */
INLINE void smooth_phases(const fit *f, const double *weights, long phase, long count, long used)
{
    const double *robustness = f->robustness + phase, *detrended = f->detrended + phase;
    lanes before, first, last, after, slope;
    EACH {
        const double *data = detrended + j * WIDTH;
        part total[4], mean[4], start = *(const part *)data, end = *(const part *)(data + (count - 1) * f->period);
        weighted_means(robustness + j * WIDTH, data, weights, f->period, count, total, mean);
        first.v[j] = choose(total[1] > 0.0, mean[1], start);
        last.v[j] = choose(total[2] > 0.0, mean[2], end);
        before.v[j] = choose(total[0] > 0.0, mean[0], first.v[j]);
        after.v[j] = choose(total[3] > 0.0, mean[3], last.v[j]);
        slope.v[j] = (last.v[j] - first.v[j]) / (double)(count - 1);
    }
    double *row = f->subseries + phase;
    write_row(row, &before, used);
    for (long k = 0; k < count - 1; k++) {
        lanes value;
        EACH value.v[j] = first.v[j] + slope.v[j] * (double)k;
        write_row(row += f->period, &value, used);
    }
    write_row(row += f->period, &last, used);
    write_row(row + f->period, &after, used);
}

static void smooth_cycles(const fit *f)
{
    long cycles = f->size / f->period, longer = f->size % f->period;
    for (long phase = 0; phase < f->period;) {
        long count = phase < longer ? cycles + 1 : cycles, until = phase < longer ? longer : f->period;
        const double *weights = f->tricube + (phase < longer ? 4 * cycles : 0);
        for (; phase + LANES <= until; phase += LANES)
            smooth_phases(f, weights, phase, count, LANES);
        if (phase < until)
            smooth_phases(f, weights, phase, count, until - phase);
        phase = until;
    }
}

/* Compute robustness weights; up to one vector past the end of the series is written. */
static void weigh(fit *f)
{
    for (long i = 0; i < f->size; i++)
        f->remainder[i] = f->residuals[i] = fabs(f->values[i] - (f->seasonal[i] + f->trend[i]));
    double scale = 3.0 * middle_sum(f->remainder, f->size);
    const part one = all(1.0), nothing = all(0.0), divisor = all(scale > 0.0 ? scale : 1.0), widest = all(scale);
    for (long i = 0; i < f->size; i += WIDTH) {
        part residual = *(const part *)(f->residuals + i), capped = choose(residual < widest, residual, widest);
        part ratio = capped / divisor, bisquare = one - ratio * ratio;
        part falling = choose(residual <= all(0.999 * scale), bisquare * bisquare, nothing);
        *(part *)(f->robustness + i) = choose(residual <= all(0.001 * scale), one, falling);
    }
}

/* Replace the seasonal component by its mean per phase, computed like R's `mean`. */
static void average_phases(fit *f)
{
    for (long phase = 0; phase < f->period; phase++) {
        long double sum = 0.0L, rest = 0.0L;
        long count = (f->size - phase + f->period - 1) / f->period;
        for (long i = phase; i < f->size; i += f->period)
            sum += f->seasonal[i];
        sum /= (long double)count;
        for (long i = phase; i < f->size; i += f->period)
            rest += f->seasonal[i] - sum;
        double mean = (double)(sum + rest / (long double)count);
        for (long i = phase; i < f->size; i += f->period)
            f->seasonal[i] = mean;
    }
}

static void run(fit *f)
{
    memset(f->trend, 0, (size_t)f->size * sizeof(double));
    for (long i = 0; i < f->size; i++)
        f->robustness[i] = 1.0;
    for (long pass = f->passes; pass >= 0; pass--) {
        for (long i = 0; i < f->size; i++)
            f->detrended[i] = f->values[i] - f->trend[i];
        smooth_cycles(f);
        average_thrice(f->subseries, f->size, f->period, f->residuals, f->remainder, f->level);
        smooth_fixed(&f->low_pass, f->level, f->detrended);
        for (long i = 0; i < f->size; i++) {
            f->seasonal[i] = f->subseries[f->period + i] - f->detrended[i];
            f->level[i] = f->values[i] - f->seasonal[i];
        }
        smooth_robust(&f->trend_smoother, f->level, f->robustness, f->trend);
        if (pass)
            weigh(f);
    }
    average_phases(f);
    for (long i = 0; i < f->size; i++)
        f->remainder[i] = f->values[i] - f->seasonal[i] - f->trend[i];
}

/* stl(values, trend, seasonal, remainder, period, seasonal_span, trend_span, trend_step, low_pass_span, low_pass_step, passes):
   the arrays are (n,) float64; all but values are filled. */
PyObject *stl(PyObject *module, PyObject *args)
{
    Py_buffer values, trend, seasonal, remainder;
    long period, seasonal_span, trend_span, trend_step, low_pass_span, low_pass_step, passes;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*w*w*w*lllllll", &values, &trend, &seasonal, &remainder, &period, &seasonal_span,
                          &trend_span, &trend_step, &low_pass_span, &low_pass_step, &passes))
        return NULL;
    long n = (long)(values.len / (Py_ssize_t)sizeof(double));
    int fits = period >= 2 && n >= 2 * period && trend.len == values.len && seasonal.len == values.len &&
               remainder.len == values.len, done = 0;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        long cycles = n / period;
        fit f = {.values = values.buf, .trend = trend.buf, .seasonal = seasonal.buf, .size = n, .period = period,
                 .seasonal_span = seasonal_span, .passes = passes};
        size_t size = (size_t)(6 * n + 5 * period + 64 + 8 * cycles) * sizeof(double);
        double *memory = malloc(size);
        if (memory) {
            memset(memory, 0, size);
            f.detrended = memory;
            f.robustness = f.detrended + n + LANES;
            f.level = f.robustness + n + LANES;
            f.remainder = f.level + n;                 /* n + 8: its averages are n + 2 */
            f.residuals = f.remainder + n + 8;         /* n + p + 8 */
            f.subseries = f.residuals + n + period + 8; /* n + 4 p: whole rows */
            f.tricube = f.subseries + n + 4 * period;
            lay_cycles(f.tricube, cycles, seasonal_span);
            lay_cycles(f.tricube + 4 * cycles, cycles + 1, seasonal_span);
            int opened = smoother_open(&f.trend_smoother, n, trend_span, trend_step);
            opened = smoother_open(&f.low_pass, n, low_pass_span, low_pass_step) && opened;
            if (opened && smoother_fix(&f.low_pass)) {
                run(&f);
                memcpy(remainder.buf, f.remainder, (size_t)n * sizeof(double));
                done = 1;
            }
            smoother_close(&f.trend_smoother);
            smoother_close(&f.low_pass);
        }
        free(memory);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&values), PyBuffer_Release(&trend), PyBuffer_Release(&seasonal), PyBuffer_Release(&remainder);
    if (!fits)
        PyErr_SetString(PyExc_ValueError, "the arrays have one length, of two periods at least");
    else if (!done)
        PyErr_NoMemory();
    if (!fits || !done)
        return NULL;
    Py_RETURN_NONE;
}
