/* Set-up of a LOESS smoother: grid points, their windows and the distance weights. */
#include "loess.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double tricube(double distance, double bandwidth)
{
    double ratio = distance / bandwidth;
    double falling = 1.0 - ratio * ratio * ratio;
    if (distance > 0.999 * bandwidth)
        return 0.0;
    return distance <= 0.001 * bandwidth ? 1.0 : falling * falling * falling;
}

static long window_start(const smoother *s, long point, long span)
{
    long left = point - (span + 1) / 2 + 1, last = s->size - s->width;
    return left < 0 ? 0 : left > last ? last : left;
}

/* Write the tricube weights of the window of one grid point, `stride` elements apart. */
static void lay_tricube(const smoother *s, double *weights, long stride, long point, long left, long span)
{
    long right = left + s->width - 1;
    double bandwidth = (double)(point - left > right - point ? point - left : right - point);
    if (span > s->size)
        bandwidth += (double)((span - s->size) / 2);
    for (long i = 0; i < s->width; i++)
        weights[i * stride] = tricube(fabs((double)(left + i - point)), bandwidth);
}

static void *space(long count, size_t size) { return malloc((count > 0 ? (size_t)count : 1) * size); }

int smoother_open(smoother *s, long size, long span, long step)
{
    memset(s, 0, sizeof *s);
    s->size = size;
    s->step = step < size - 1 ? step : size - 1;
    s->width = span < size ? span : size;
    long regular = (size - 1) / s->step + 1, half = (span + 1) / 2 - 1;
    s->grid = regular + ((regular - 1) * s->step != size - 1);
    s->columns = (size + s->step - 1) / s->step;
    /* Inner: the window begins half a span to the left, and ends within the series. */
    long until = size - s->width + half < 0 ? 0 : (size - s->width + half) / s->step + 1;
    s->first_inner = (half + s->step - 1) / s->step;
    until = until < regular ? until : regular;
    s->inner_grid = span < size && until - s->first_inner >= LANES ? until - s->first_inner : 0;
    s->inner = (s->inner_grid + LANES - 1) / LANES;
    s->outer = (s->grid - s->inner_grid + LANES - 1) / LANES;
    for (long lane = 0; lane < LANES; lane++)
        s->steps.at[lane] = (double)(lane * s->step);
    s->outer_point = space(s->outer * LANES, sizeof(long));
    s->outer_left = space(s->outer * LANES, sizeof(long));
    s->offset = space(s->width, sizeof(long));
    s->inner_tricube = space(s->width, sizeof(double));
    s->tricube = space(s->outer * s->width, sizeof(lanes));
    s->work = space(3 * s->width, sizeof(lanes));
    s->strided_robustness = space(s->step * s->columns + LANES, sizeof(double));
    s->strided_data = space(s->step * s->columns + LANES, sizeof(double));
    s->fitted = space(s->grid, sizeof(double));
    if (!s->outer_point || !s->outer_left || !s->offset || !s->inner_tricube || !s->tricube || !s->work || !s->strided_robustness ||
        !s->strided_data || !s->fitted)
        return 0;
    for (long i = 0, g = 0; i < s->outer * LANES; i++) {
        if (g == s->first_inner)
            g += s->inner_grid;
        /* The last block is padded with copies of its last grid point. */
        s->outer_point[i] = g < s->grid ? g++ : s->grid - 1;
        long point = grid_point(s, s->outer_point[i]);
        s->outer_left[i] = window_start(s, point, span);
        double *lane = s->tricube[i / LANES * s->width].at + i % LANES;
        lay_tricube(s, lane, LANES, point, s->outer_left[i], span);
    }
    if (s->inner)
        lay_tricube(s, s->inner_tricube, 1, s->first_inner * s->step, s->first_inner * s->step - half, span);
    for (long i = 0; i < s->width; i++) {
        long away = i - half, cycles = away >= 0 ? away / s->step : -((-away + s->step - 1) / s->step);
        s->offset[i] = (away - cycles * s->step) * s->columns + cycles;
    }
    return 1;
}

void smoother_close(smoother *s)
{
    free(s->outer_point), free(s->outer_left), free(s->offset), free(s->inner_tricube), free(s->tricube), free(s->work);
    free(s->strided_robustness), free(s->strided_data), free(s->fitted), free(s->fixed);
}
