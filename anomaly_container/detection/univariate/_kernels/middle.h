/* The two middle order statistics of the robustness scale; `order_statistics.py` says what is computed. */
#ifndef ANOMALY_MIDDLE_H
#define ANOMALY_MIDDLE_H

/* The sum of the order statistics of ranks n/2 and n/2 + 1 as R's partial sort leaves them; `work` is rearranged. */
double middle_sum(double *work, long size);

#endif
