#include "loess.h"

#include <stdlib.h>

/* Store every step-th point side by side, so that eight grid points read eight neighbours. */
static const double *stride(const smoother *s, const double *values, double *table)
{
    if (s->step == 1)
        return values;
    for (long row = 0; row < s->step; row++) {
        double *to = table + row * s->columns;
        for (long from = row; from < s->size; from += s->step)
            *to++ = values[from];
    }
    return table;
}

/* The elements of a block's windows: element i of lane j of an inner block is at base + offset(i) + j, that of an outer block
   in a table of its own. */
typedef struct {
    const double *base;
    const long *offset;
} windows;

/* Eight grid points. The windows of an inner block share their tricube weights, those of an outer block have their own. Whether
   a block is inner is known at compile time, so that no loop branches on it. */
typedef struct {
    int inner;
    lanes first, here; /* 1-based position of the first element, and of the grid point */
    const double *same;
    const lanes *own;
    long point[LANES];
} block;

INLINE const part *element(const block *b, windows w, long i)
{
    return (const part *)(w.base + (b->inner ? w.offset[i] : i * LANES));
}

INLINE part distance_weight(const block *b, long i, int j) { return b->inner ? all(b->same[i]) : b->own[i].v[j]; }

/* Normalised distance and robustness weights of eight windows, and the line that tilts them: the final weight of element i is
   weights[i] * (slope * (position of i - centre) + 1). Returns the sum of the weights before normalisation. */
INLINE lanes tilt(lanes *weights, const block *b, windows robustness, long width, double flat,
                  lanes *slope, lanes *centre)
{
    lanes total = {0}, middle = {0}, spread = {0}, divisor, reciprocal, position = b->first;
    for (long i = 0; i < width; i++)
        EACH {
            part weight = distance_weight(b, i, j);
            weights[i].v[j] = robustness.base ? element(b, robustness, i)[j] * weight : weight;
            total.v[j] += weights[i].v[j];
        }
    EACH divisor.v[j] = choose(total.v[j] > 0.0, total.v[j], all(1.0));
    EACH reciprocal.v[j] = all(1.0) / divisor.v[j];
    for (long i = 0; i < width; i++)
        EACH {
            weights[i].v[j] = divide(weights[i].v[j], divisor.v[j], reciprocal.v[j]);
            middle.v[j] += weights[i].v[j] * position.v[j];
            position.v[j] += 1.0;
        }
    position = b->first;
    for (long i = 0; i < width; i++)
        EACH {
            part deviation = position.v[j] - middle.v[j];
            spread.v[j] += weights[i].v[j] * (deviation * deviation);
            position.v[j] += 1.0;
        }
    EACH {
        part_mask tilted = root(spread.v[j]) > flat;
        slope->v[j] = choose(tilted, (b->here.v[j] - middle.v[j]) / choose(tilted, spread.v[j], all(1.0)), all(0.0));
    }
    *centre = middle;
    return total;
}

/* The first grid point of an inner block; the last block reaches back into the one before it. */
INLINE long inner_start(const smoother *s, long number)
{
    long at = number * LANES, last = s->inner_grid - LANES;
    return s->first_inner + (at < last ? at : last);
}

INLINE block inner_block(const smoother *s, long number)
{
    block b = {.inner = 1, .same = s->inner_tricube};
    double here = (double)(inner_start(s, number) * s->step + 1), half = (double)((s->width + 1) / 2 - 1);
    for (long lane = 0; lane < LANES; lane++) {
        b.point[lane] = inner_start(s, number) + lane;
        b.here.at[lane] = here + s->steps.at[lane];
        b.first.at[lane] = b.here.at[lane] - half;
    }
    return b;
}

INLINE block outer_block(const smoother *s, long number)
{
    block b = {.own = s->tricube + number * s->width};
    for (long lane = 0; lane < LANES; lane++) {
        b.point[lane] = s->outer_point[number * LANES + lane];
        b.here.at[lane] = (double)(grid_point(s, b.point[lane]) + 1);
        b.first.at[lane] = (double)(s->outer_left[number * LANES + lane] + 1);
    }
    return b;
}

static windows gather(const smoother *s, long number, const double *values, lanes *into)
{
    const long *left = s->outer_left + number * LANES;
    for (long i = 0; i < s->width; i++)
        for (long lane = 0; lane < LANES; lane++)
            into[i].at[lane] = values[left[lane] + i];
    return (windows){(const double *)into, NULL};
}

INLINE void keep(smoother *s, const block *b, lanes value)
{
    for (long lane = 0; lane < LANES; lane++)
        s->fitted[b->inner ? b->point[0] + lane : b->point[lane]] = value.at[lane];
}

/* Interpolate between grid points linearly. Each line is written in whole vectors, and the next one overwrites the excess. */
static void join(const smoother *s, double *smoothed)
{
    const part counted = count_up();
    double *slope = s->strided_data, step = (double)s->step;
    for (long g = 0; g + 1 < s->grid; g++)
        slope[g] = (s->fitted[g + 1] - s->fitted[g]) / step;
    /* The last grid point may be closer. */
    long last = s->grid - 2, point = last * s->step;
    slope[last] = (s->fitted[last + 1] - s->fitted[last]) / (double)(s->size - 1 - point);
    for (long g = 0; g <= last; g++) {
        long from = g * s->step, until = g < last ? from + s->step : s->size - 1, i = from;
        for (part place = counted; i < until && i + WIDTH <= s->size; i += WIDTH, place += (double)WIDTH)
            *(part *)(smoothed + i) = s->fitted[g] + slope[g] * place;
        for (; i < until; i++)
            smoothed[i] = s->fitted[g] + slope[g] * (double)(i - from);
    }
    smoothed[s->size - 1] = s->fitted[s->grid - 1] + 0.0;
}

INLINE void fit_robust(smoother *s, block b, windows robustness, windows data, const double *plain)
{
    lanes *weights = s->work, slope, centre, value = {0}, position = b.first;
    lanes total = tilt(weights, &b, robustness, s->width, 0.001 * (double)(s->size - 1), &slope, &centre);
    for (long i = 0; i < s->width; i++) {
        const part *datum = element(&b, data, i);
        EACH {
            value.v[j] += weights[i].v[j] * (slope.v[j] * (position.v[j] - centre.v[j]) + 1.0) * datum[j];
            position.v[j] += 1.0;
        }
    }
    for (long lane = 0; lane < LANES; lane++)
        if (!(total.at[lane] > 0.0))
            value.at[lane] = plain[grid_point(s, b.point[lane])];
    keep(s, &b, value);
}

void smooth_robust(smoother *s, const double *data, const double *robustness, double *smoothed)
{
    const double *strided = stride(s, data, s->strided_data);
    const double *weight = stride(s, robustness, s->strided_robustness);
    for (long number = 0; number < s->inner; number++) {
        long at = inner_start(s, number);
        fit_robust(s, inner_block(s, number), (windows){weight + at, s->offset},
                   (windows){strided + at, s->offset}, data);
    }
    for (long number = 0; number < s->outer; number++)
        fit_robust(s, outer_block(s, number), gather(s, number, robustness, s->work + s->width),
                   gather(s, number, data, s->work + 2 * s->width), data);
    join(s, smoothed);
}

INLINE void fix_block(smoother *s, block b, lanes *weights)
{
    lanes slope, centre, position = b.first;
    tilt(weights, &b, (windows){NULL, NULL}, s->width, 0.001 * (double)(s->size - 1), &slope, &centre);
    for (long i = 0; i < s->width; i++)
        EACH {
            weights[i].v[j] *= slope.v[j] * (position.v[j] - centre.v[j]) + 1.0;
            position.v[j] += 1.0;
        }
}

int smoother_fix(smoother *s)
{
    s->fixed = malloc((size_t)((s->inner + s->outer) * s->width) * sizeof(lanes));
    if (!s->fixed)
        return 0;
    for (long number = 0; number < s->inner; number++)
        fix_block(s, inner_block(s, number), s->fixed + number * s->width);
    for (long number = 0; number < s->outer; number++)
        fix_block(s, outer_block(s, number), s->fixed + (s->inner + number) * s->width);
    return 1;
}

INLINE void fit_fixed(smoother *s, block b, const lanes *weights, windows data)
{
    lanes value = {0};
    for (long i = 0; i < s->width; i++) {
        const part *datum = element(&b, data, i);
        EACH value.v[j] += weights[i].v[j] * datum[j];
    }
    keep(s, &b, value);
}

void smooth_fixed(smoother *s, const double *data, double *smoothed)
{
    const double *strided = stride(s, data, s->strided_data);
    for (long number = 0; number < s->inner; number++)
        fit_fixed(s, inner_block(s, number), s->fixed + number * s->width,
                  (windows){strided + inner_start(s, number), s->offset});
    for (long number = 0; number < s->outer; number++)
        fit_fixed(s, outer_block(s, number), s->fixed + (s->inner + number) * s->width,
                  gather(s, number, data, s->work));
    join(s, smoothed);
}
