/* Order statistics by partition. */
#ifndef ANOMALY_SELECT_H
#define ANOMALY_SELECT_H

/* Bring the value of a 0-based rank to its place, smaller ones before it and larger ones behind it. */
void place(double *work, long size, long rank);
/* The mean of the values of 0-based ranks `low` and `high`, which is `low` or the next one; `work` is rearranged. */
double mean_of_ranks(double *work, long size, long low, long high);

#endif
