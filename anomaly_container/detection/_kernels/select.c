#include "select.h"

#include <stdint.h>

#define DRAWN 31
#define SHORT 128 /* below this many values one drawn at random is as good a pivot as any */

static long draw(uint64_t *state, long size)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (long)((*state >> 33) % (uint64_t)size);
}

/* A value near the wanted rank, by that of some drawn at random: no order of the input makes the search slow. */
static double pivot_near(const double *work, long size, long rank, uint64_t *state)
{
    double drawn[DRAWN];
    if (size < SHORT)
        return work[draw(state, size)];
    for (long i = 0; i < DRAWN; i++) {
        double value = work[draw(state, size)];
        long at = i;
        for (; at > 0 && drawn[at - 1] > value; at--)
            drawn[at] = drawn[at - 1];
        drawn[at] = value;
    }
    return drawn[rank * DRAWN / size];
}

/* Bring what is below the pivot to the front, or what equals it; returns where the rest begins. Without branches, since on
   which side of the pivot a value lies is as good as chance. */
static inline long bring_forward(double *work, long first, long last, double pivot, int equals)
{
    for (long i = first; i <= last; i++) {
        double value = work[i];
        work[i] = work[first];
        work[first] = value;
        first += equals ? value == pivot : value < pivot;
    }
    return first;
}

void place(double *work, long size, long rank)
{
    long first = 0, last = size - 1;
    uint64_t state = 0x9E3779B97F4A7C15u;
    while (first < last) {
        double pivot = pivot_near(work + first, last - first + 1, rank - first, &state);
        long up = bring_forward(work, first, last, pivot, 0);
        if (rank < up) {
            last = up - 1;
            continue;
        }
        first = bring_forward(work, up, last, pivot, 1);
        if (rank < first)
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
