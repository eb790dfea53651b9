/* Moving averages of moving averages. */
#ifndef ANOMALY_AVERAGE_H
#define ANOMALY_AVERAGE_H

/* Moving averages of widths p, p and 3 of n + 2p values: `once` has room for n + p + 2, `twice` for n + 3, `thrice` for n. */
void average_thrice(const double *values, long n, long p, double *once, double *twice, double *thrice);

#endif
