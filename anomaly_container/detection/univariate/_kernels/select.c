#include "select.h"

#include <stdint.h>
#include <string.h>

#define DRAWN 31
#define ROOM 4 /* drawn values on each side of the wanted ranks */
#define SEED UINT64_C(0x9E3779B97F4A7C15)
#define SHORT 128 /* below this many values, a random one is a good enough pivot */

static long draw(uint64_t *state, long size)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (long)((*state >> 33) % (uint64_t)size);
}

/* Draw values at random, in ascending order: no input order makes the search slow. */
static void draw_some(const double *values, long size, uint64_t *state, double *drawn)
{
    for (long i = 0; i < DRAWN; i++) {
        double value = values[draw(state, size)];
        long at = i;
        for (; at > 0 && drawn[at - 1] > value; at--)
            drawn[at] = drawn[at - 1];
        drawn[at] = value;
    }
}

/* A value near the wanted rank, from the same rank among drawn values. */
static double pivot_near(const double *work, long size, long rank, uint64_t *state)
{
    double drawn[DRAWN];
    if (size < SHORT)
        return work[draw(state, size)];
    draw_some(work, size, state, drawn);
    return drawn[rank * DRAWN / size];
}

/* Move the values below the pivot, or those equal to it, to the front; return where the rest begins. Without branches, which
   would be unpredictable. */
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

/* Move the value of a 0-based rank to its place, smaller values before it and larger ones after it. */
static void place(double *work, long size, long rank)
{
    long first = 0, last = size - 1;
    uint64_t state = SEED;
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

/* Keep the values between two drawn ones that should enclose the wanted ranks; `kept` has room for size + 1 values. Returns
   the number kept, 0 if the wanted ranks are not enclosed, and the number of smaller values. */
static long narrow(const double *values, long size, long low, long high, double *kept, long *smaller)
{
    double drawn[DRAWN];
    uint64_t state = SEED;
    draw_some(values, size, &state, drawn);
    long from = low * DRAWN / size - ROOM, to = high * DRAWN / size + ROOM, count = 0, below = 0;
    if (from < 0 || to >= DRAWN)
        return 0;
    for (long i = 0; i < size; i++) {
        kept[count] = values[i];
        below += values[i] < drawn[from];
        count += (values[i] >= drawn[from]) & (values[i] <= drawn[to]);
    }
    *smaller = below;
    return below <= low && high < below + count ? count : 0;
}

void two_ranks(const double *values, long size, long low, long high, double *work, double *lower, double *higher)
{
    long below = 0, count = size >= SHORT ? narrow(values, size, low, high, work, &below) : 0;
    if (!count) {
        below = 0, count = size;
        memcpy(work, values, (size_t)size * sizeof(double));
    }
    place(work, count, low - below);
    *lower = *higher = work[low - below];
    if (high > low) {
        place(work + (low - below + 1), count - (low - below + 1), high - low - 1);
        *higher = work[high - below];
    }
}

double mean_of_ranks(const double *values, long size, long low, long high, double *work)
{
    double lower, higher;
    two_ranks(values, size, low, high, work, &lower, &higher);
    return low == high ? lower : (lower + higher) / 2.0;
}
