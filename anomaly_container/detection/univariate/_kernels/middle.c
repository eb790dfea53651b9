#include "middle.h"

#define BLOCK 64

static void exchange(double *a, double *b)
{
    double kept = *a;
    *a = *b;
    *b = kept;
}

/* Move the median of first, middle and last element to the middle; return its index (halved 1-based). */
static long order_three(double *work, long first, long last)
{
    long middle = (first + last + 2) / 2 - 1;
    if (work[first] > work[middle])
        exchange(work + first, work + middle);
    if (work[last] < work[middle]) {
        exchange(work + last, work + middle);
        if (work[first] > work[middle])
            exchange(work + first, work + middle);
    }
    return middle;
}

/* Exchange elements on the wrong side of the pivot, pair by pair from both ends. For most of the range, the places to exchange
   are collected block by block without branches that could be mispredicted; the pairs are those of the plain scan. */
static void partition(double *work, long first, long last, long *below, long *above)
{
    double pivot = work[order_three(work, first, last)];
    long left[BLOCK], right[BLOCK], left_next = 0, left_end = 0, right_next = 0, right_end = 0;
    long from = first + 1, to = last - 1;
    while (to - from >= 2 * BLOCK) {
        if (left_next == left_end) {
            left_next = left_end = 0;
            for (long i = 0; i < BLOCK; i++, from++) {
                left[left_end] = from;
                left_end += work[from] >= pivot;
            }
        }
        if (right_next == right_end) {
            right_next = right_end = 0;
            for (long i = 0; i < BLOCK; i++, to--) {
                right[right_end] = to;
                right_end += work[to] <= pivot;
            }
        }
        while (left_next < left_end && right_next < right_end)
            exchange(work + left[left_next++], work + right[right_next++]);
    }
    long up = (left_next < left_end ? left[left_next] : from) - 1;
    long down = (right_next < right_end ? right[right_next] : to) + 1;
    for (;;) {
        do
            down--;
        while (work[down] > pivot);
        do
            up++;
        while (work[up] < pivot);
        if (up > down)
            break;
        exchange(work + up, work + down);
    }
    *below = down;
    *above = up;
}

static void insertion_sort(double *work, long first, long last)
{
    for (long i = first + 1; i <= last; i++)
        for (long j = i; j > first && work[j] < work[j - 1]; j--)
            exchange(work + j, work + j - 1);
}

double middle_sum(double *work, long size)
{
    long low = (size - 1) / 2, high = size / 2, first = 0, last = size - 1, below, above;
    int low_wanted = 1, high_wanted = 1;
    while (first < last) {
        if (first > 0 && last - first <= 10) {
            insertion_sort(work, first, last);
            break;
        }
        partition(work, first, last, &below, &above);
        int low_in_lower = low_wanted && low <= below, low_in_upper = low_wanted && low >= above;
        int high_in_lower = high_wanted && high <= below, high_in_upper = high_wanted && high >= above;
        if (low_in_lower && high_in_upper) {
            /* Like R, keep the value at the other rank, sorted or not. */
            if (below - first <= last - above)
                high_wanted = 0, last = below;
            else
                low_wanted = 0, first = above;
        } else if (low_in_lower || high_in_lower)
            last = below;
        else if (low_in_upper || high_in_upper)
            first = above;
        else
            break;
    }
    return work[low] + work[high];
}
