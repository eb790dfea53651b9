/* LOESS of degree 1 on equally spaced points; the twin is `loess.py`. */
#ifndef ANOMALY_LOESS_H
#define ANOMALY_LOESS_H

#include "kernels.h"

/* A smoother of `size` points. Every `step`-th point and the last one are grid points. They are fitted in blocks of eight:
   `inner` blocks of the `inner_grid` points from `first_inner` on, whose windows are complete and equal, then `outer` blocks
   of the others, whose windows are gathered one by one. */
typedef struct {
    long size, step, width, grid, columns;
    long first_inner, inner_grid, inner, outer;
    long *outer_point;   /* (outer, 8): grid points of the outer blocks */
    long *outer_left;    /* (outer, 8): where their windows begin */
    long *offset;        /* (width): position of element i of an inner window in the strided table */
    double *inner_tricube; /* (width): of all inner windows */
    lanes *tricube;      /* (outer, width): of each outer block */
    lanes *work;         /* (3, width): weights of a block, gathered robustness and data */
    lanes steps;         /* distances from the first of eight inner grid points */
    double *strided_robustness, *strided_data; /* (step, columns): every step-th point side by side */
    double *fitted;      /* (grid) */
    lanes *fixed;        /* (inner + outer, width): weights without robustness, or NULL */
} smoother;

int smoother_open(smoother *s, long size, long span, long step);
void smoother_close(smoother *s);
/* Compute the weights for `smooth_fixed`; return 0 if memory ran out. */
int smoother_fix(smoother *s);
/* Smooth the data with robustness weights; smoothed is (size). */
void smooth_robust(smoother *s, const double *data, const double *robustness, double *smoothed);
void smooth_fixed(smoother *s, const double *data, double *smoothed);
/* Tricube weight of a distance. */
double tricube(double distance, double bandwidth);

/* Index of the point at a grid point. */
INLINE long grid_point(const smoother *s, long g) { return g * s->step < s->size ? g * s->step : s->size - 1; }

#endif
