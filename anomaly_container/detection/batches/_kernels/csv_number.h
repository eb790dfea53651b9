/* What a cell of a numeric column holds. */
#ifndef ANOMALY_BATCHES_CSV_NUMBER_H
#define ANOMALY_BATCHES_CSV_NUMBER_H

#include <stddef.h>

typedef enum { NUMBER, GAP, OUT_OF_RANGE, TEXT, NO_MEMORY } cell_kind;

/* Read a cell; NaN if it is not a number. The decimal mark is a point or, if allowed, a comma; `commas` counts the latter. */
cell_kind read_cell(const char *cell, size_t size, int comma_allowed, double *value, long long *commas);

/* Prepare, once for the process; 0 without memory. */
int open_numbers(void);

#endif
