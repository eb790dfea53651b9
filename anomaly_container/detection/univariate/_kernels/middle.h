/* The two middle order statistics of the robustness scale; the twin is `r_partial_sort.py`. */
#ifndef ANOMALY_MIDDLE_H
#define ANOMALY_MIDDLE_H

/* The sum of the order statistics of ranks n/2 and n/2 + 1 as R's partial sort leaves them; `work` is reordered. */
double middle_sum(double *work, long size);

#endif
