/* Running medians; the twins are in `running_median.py`.

   The values are ranked once. A window is a set of ranks, one bit each, in which the median moves by a few bits from one
   position to the next.

   Source of the ranking: Suomela, "Median Filtering is Equivalent to Sorting", arXiv:1406.1717 (2014). */
#include "kernels.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FEW 1500 /* values; below that, smaller digits are faster */
#define MOST_DIGITS 2048
#define WORD 64

typedef struct {
    long size;
    const float *ascending; /* the values by rank */
    const uint32_t *rank;   /* by place in the series */
    uint64_t *bits;         /* the window: one bit per rank */
    long at;                /* a rank, and the number of elements of the window below it */
    long below;
} window;

INLINE int holds(const window *w, long rank) { return w->bits[rank / WORD] >> rank % WORD & 1; }

/* The lowest rank in the window above this one, which must exist. */
INLINE long next_above(const window *w, long rank)
{
    long word = ++rank / WORD;
    uint64_t rest = w->bits[word] & ~UINT64_C(0) << rank % WORD;
    while (!rest)
        rest = w->bits[++word];
    return word * WORD + __builtin_ctzll(rest);
}

/* The highest rank in the window below this one, -1 if there is none. */
INLINE long next_below(const window *w, long rank)
{
    long word = rank / WORD;
    uint64_t rest = w->bits[word] & ((UINT64_C(1) << rank % WORD) - 1);
    while (!rest)
        if (--word < 0)
            return -1;
        else
            rest = w->bits[word];
    return word * WORD + WORD - 1 - __builtin_clzll(rest);
}

INLINE void add(window *w, long rank)
{
    w->bits[rank / WORD] |= UINT64_C(1) << rank % WORD;
    w->below += rank < w->at;
}

INLINE void take_out(window *w, long rank)
{
    w->bits[rank / WORD] &= ~(UINT64_C(1) << rank % WORD);
    w->below -= rank < w->at;
}

/* The median of the window, which has `members` elements. */
INLINE float middle(window *w, long members)
{
    long wanted = (members - 1) / 2;
    while (w->below > wanted)
        w->at = next_below(w, w->at), w->below--;
    while (w->below < wanted || !holds(w, w->at)) {
        w->below += holds(w, w->at);
        w->at = next_above(w, w->at);
    }
    float lower = w->ascending[w->at];
    return members % 2 ? lower : (lower + w->ascending[next_above(w, w->at)]) / 2.0f;
}

/* The number of values of the series that are at most `value`. */
static long count_up_to(const window *w, double value)
{
    long low = 0, size = w->size;
    while (size > 0) {
        long half = size / 2;
        if ((double)w->ascending[low + half] <= value)
            low += half + 1, size -= half + 1;
        else
            size = half;
    }
    return low;
}

/* Like the service, remove the largest element that is at most `leaving`, or else the smallest. */
static void withdraw(window *w, double leaving)
{
    long rank = next_below(w, count_up_to(w, leaving));
    take_out(w, rank >= 0 ? rank : next_above(w, -1));
}

/* `values` is NULL unless windows are cut short at both ends. */
static void fill(window *w, const double *values, float *medians, long width)
{
    long half = width / 2, size = w->size;
    for (long i = 0; i < half; i++)
        add(w, w->rank[i]);
    for (long i = 0; i < half; i++) {
        add(w, w->rank[half + i]);
        if (values)
            medians[i] = middle(w, half + i + 1);
    }
    for (long i = half; i < size - half; i++) {
        if (i > half)
            take_out(w, w->rank[i - half - 1]);
        add(w, w->rank[i + half]);
        medians[i] = middle(w, width);
    }
    for (long i = size - half; values && i < size; i++) {
        withdraw(w, values[i - half - 1]);
        medians[i] = middle(w, size - i + half);
    }
}

/* Radix sort of words by the keys in their upper halves, in digits of `bits` bits; it is stable. Returns one of the two
   arrays. */
INLINE uint64_t *order(uint64_t *words, uint64_t *spare, long size, const int bits)
{
    const int passes = (32 + bits - 1) / bits, digits = 1 << bits;
    uint32_t place[4][MOST_DIGITS];
    for (int pass = 0; pass < passes; pass++)
        memset(place[pass], 0, (size_t)digits * sizeof **place);
    for (long i = 0; i < size; i++)
        for (int pass = 0; pass < passes; pass++)
            place[pass][words[i] >> (32 + pass * bits) & (uint64_t)(digits - 1)]++;
    for (int pass = 0; pass < passes; pass++) {
        const int shift = 32 + pass * bits;
        uint32_t before = 0;
        if (place[pass][words[0] >> shift & (uint64_t)(digits - 1)] == size)
            continue;
        for (int digit = 0; digit < digits; digit++) {
            uint32_t count = place[pass][digit];
            place[pass][digit] = before;
            before += count;
        }
        for (long i = 0; i < size; i++)
            spare[place[pass][words[i] >> shift & (uint64_t)(digits - 1)]++] = words[i];
        uint64_t *kept = words;
        words = spare, spare = kept;
    }
    return words;
}

/* Rank single-precision numbers, equal ones by index: by their bits, which are monotone once those of negative numbers are
   inverted. The result, `words` or `spare`, has the indices in its lower halves. */
static const uint64_t *rank_values(const float *single, long size, uint64_t *words, uint64_t *spare)
{
    for (long i = 0; i < size; i++) {
        uint32_t key;
        memcpy(&key, single + i, sizeof key);
        key ^= (uint32_t)-(int32_t)(key >> 31) | UINT32_C(1) << 31;
        words[i] = (uint64_t)key << 32 | (uint64_t)i;
    }
    return size < FEW ? order(words, spare, size, 8) : order(words, spare, size, 11);
}

static int medians_of(const double *values, const float *single, float *medians, long size, long width)
{
    size_t words = (size_t)(size / WORD + 1);
    uint64_t *bits = malloc((words + 3 * (size_t)size) * sizeof *bits);
    if (!bits)
        return 0;
    memset(bits, 0, words * sizeof *bits);
    uint64_t *first = bits + words;
    uint32_t *rank = (uint32_t *)(first + 2 * size);
    float *ascending = (float *)(rank + size);
    const uint64_t *ordered = rank_values(single, size, first, first + size);
    for (long i = 0; i < size; i++) {
        uint32_t place = (uint32_t)ordered[i];
        ascending[i] = single[place];
        rank[place] = (uint32_t)i;
    }
    window w = {.size = size, .ascending = ascending, .rank = rank, .bits = bits, .at = 0, .below = 0};
    fill(&w, values, medians, width);
    free(bits);
    return 1;
}

/* running_median(values, single, medians, width): (n,) float64 or None, float32 and float32. Fills in the medians of
   windows within the series and, with values, of those that its ends cut short. */
PyObject *running_median(PyObject *module, PyObject *args)
{
    Py_buffer values, single, medians;
    long width;
    int done = 0;
    (void)module;
    if (!PyArg_ParseTuple(args, "z*y*w*l", &values, &single, &medians, &width))
        return NULL;
    long size = (long)(single.len / (Py_ssize_t)sizeof(float));
    int fits = width >= 1 && width % 2 && width <= size && medians.len == single.len;
    fits = fits && (!values.buf || values.len == 2 * single.len);
    Py_BEGIN_ALLOW_THREADS
    if (fits)
        done = medians_of(values.buf, single.buf, medians.buf, size, width);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values), PyBuffer_Release(&single), PyBuffer_Release(&medians);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "an odd window is no longer than the series, and the arrays agree"), NULL;
    if (!done)
        return PyErr_NoMemory();
    Py_RETURN_NONE;
}
