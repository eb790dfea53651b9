/* Order statistics by partition. */
#ifndef ANOMALY_SELECT_H
#define ANOMALY_SELECT_H

/* The values of 0-based ranks `low` <= `high`; `work` has room for size + 1 values. */
void two_ranks(const double *values, long size, long low, long high, double *work, double *lower, double *higher);
/* The mean of the values of ranks `low` and `high`. */
double mean_of_ranks(const double *values, long size, long low, long high, double *work);

#endif
