#include "select.h"

#include <stdint.h>
#include <string.h>

#define DRAWN 31
#define ROOM 4 /* of the values drawn, on each side of the ranks wanted */
#define SEED UINT64_C(0x9E3779B97F4A7C15)
#define SHORT 128 /* below this many values one drawn at random is as good a pivot as any */

static long draw(uint64_t *state, long size)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (long)((*state >> 33) % (uint64_t)size);
}

/* Some values drawn at random, ascending: no order of the input makes the search slow. */
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

/* A value near the wanted rank, by that of those drawn. */
static double pivot_near(const double *work, long size, long rank, uint64_t *state)
{
    double drawn[DRAWN];
    if (size < SHORT)
        return work[draw(state, size)];
    draw_some(work, size, state, drawn);
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

/* Bring the value of a 0-based rank to its place, smaller ones before it and larger ones behind it. */
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

/* Keep what lies between two of the values drawn, some ranks beside those that are wanted; `kept` has one place more than
   there are values. Returns how many are kept, 0 if the drawn ones misled, and how many are smaller. */
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
