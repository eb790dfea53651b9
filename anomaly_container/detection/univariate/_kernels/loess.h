/* LOESS of degree 1 on equally spaced points; `loess.py` is the same in numpy and says what is computed. */
#ifndef ANOMALY_LOESS_H
#define ANOMALY_LOESS_H

#include "kernels.h"

/* A smoother of `size` points. Grid points stand at every `step`-th point and at the last one. They are fitted in
   blocks of eight: `inner` blocks of the `inner_grid` points from `first_inner` on, whose windows are whole and alike,
   then `outer` blocks of the others, whose windows are gathered one by one. */
typedef struct {
    long size, step, width, grid, columns;
    long first_inner, inner_grid, inner, outer;
    long *outer_point;   /* (outer, 8): grid points of the outer blocks */
    long *outer_left;    /* (outer, 8): where their windows begin */
    long *offset;        /* (width): where element i of an inner window stands in the strided table */
    double *inner_tricube; /* (width): of all inner windows */
    lanes *tricube;      /* (outer, width): of each outer block */
    lanes *work;         /* (3, width): weights of a block, gathered robustness and data */
    lanes steps;         /* from the first of eight inner grid points to each of them */
    double *strided_robustness, *strided_data; /* (step, columns): every step-th point side by side */
    double *fitted;      /* (grid) */
    lanes *fixed;        /* (inner + outer, width): weights that no robustness changes, or NULL */
} smoother;

int smoother_open(smoother *s, long size, long span, long step);
void smoother_close(smoother *s);
/* Lay the weights down for `smooth_fixed`; 0 when memory ran out. */
int smoother_fix(smoother *s);
/* The weights of all blocks by robustness, applied to the data: smoothed is (size). */
void smooth_robust(smoother *s, const double *data, const double *robustness, double *smoothed);
void smooth_fixed(smoother *s, const double *data, double *smoothed);
/* Tricube weight of a distance. */
double tricube(double distance, double bandwidth);

/* The point of a grid point. */
INLINE long grid_point(const smoother *s, long g) { return g * s->step < s->size ? g * s->step : s->size - 1; }

#endif
