#include "select.h"

#include <stdint.h>

void place(double *work, long size, long rank)
{
    long first = 0, last = size - 1;
    /* Pivots by chance: no order of the input makes it slow. */
    uint64_t state = 0x9E3779B97F4A7C15u;
    while (first < last) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double pivot = work[first + (long)((state >> 33) % (uint64_t)(last - first + 1))];
        long up = first, down = last;
        while (up <= down) {
            while (work[up] < pivot)
                up++;
            while (work[down] > pivot)
                down--;
            if (up <= down) {
                double kept = work[up];
                work[up++] = work[down];
                work[down--] = kept;
            }
        }
        if (rank <= down)
            last = down;
        else if (rank >= up)
            first = up;
        else
            return;
    }
}

double mean_of_ranks(double *work, long size, long low, long high)
{
    place(work, size, low);
    if (low == high)
        return work[low];
    double next = work[high];
    for (long i = high + 1; i < size; i++)
        next = work[i] < next ? work[i] : next;
    return (work[low] + next) / 2.0;
}
