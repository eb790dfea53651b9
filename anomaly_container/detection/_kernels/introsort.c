/* The order of values by introsort; `introsort.py` has the twin and says what is done. */
#include "kernels.h"

#define MOST_INSERTED 16
#define DEEPEST 64 /* parts that wait: each is at most half of the one before it */

typedef struct {
    long low, high;
    int depth;
} waiting;

INLINE void swap(long long *a, long long *b)
{
    long long kept = *a;
    *a = *b, *b = kept;
}

static void insert(const double *values, long long *order, long low, long high)
{
    for (long i = low + 1; i <= high; i++) {
        long long moved = order[i];
        double value = values[moved];
        long place = i;
        for (; place > low && value < values[order[place - 1]]; place--)
            order[place] = order[place - 1];
        order[place] = moved;
    }
}

/* Part by the median of the first, the middle and the last value; returns where that ends up. */
static long partition(const double *values, long long *order, long low, long high)
{
    long middle = low + (high - low) / 2, up = low, down = high - 1;
    if (values[order[middle]] < values[order[low]])
        swap(order + middle, order + low);
    if (values[order[high]] < values[order[middle]])
        swap(order + high, order + middle);
    if (values[order[middle]] < values[order[low]])
        swap(order + middle, order + low);
    double pivot = values[order[middle]];
    swap(order + middle, order + high - 1);
    for (;;) {
        do
            up++;
        while (values[order[up]] < pivot);
        do
            down--;
        while (pivot < values[order[down]]);
        if (up >= down)
            break;
        swap(order + up, order + down);
    }
    swap(order + up, order + high - 1);
    return up;
}

/* Move an index down past children with strictly larger values; of equal children the left one moves up. */
static void sift_down(const double *values, long long *heap, long place, long size)
{
    long long moved = heap[place];
    for (long child; (child = 2 * place + 1) < size; place = child) {
        if (child + 1 < size && values[heap[child]] < values[heap[child + 1]])
            child++;
        if (!(values[moved] < values[heap[child]]))
            break;
        heap[place] = heap[child];
    }
    heap[place] = moved;
}

static void heapsort_part(const double *values, long long *heap, long size)
{
    for (long root = size / 2 - 1; root >= 0; root--)
        sift_down(values, heap, root, size);
    for (long last = size - 1; last > 0; last--) {
        swap(heap, heap + last);
        sift_down(values, heap, 0, last);
    }
}

static void sort(const double *values, long long *order, long size)
{
    waiting parts[DEEPEST] = {{0, size - 1, 0}};
    for (long rest = size; rest > 1; rest /= 2)
        parts[0].depth += 2;
    for (int count = 1; count > 0;) {
        waiting part = parts[--count];
        if (part.depth < 0) {
            heapsort_part(values, order + part.low, part.high - part.low + 1);
            continue;
        }
        while (part.high - part.low >= MOST_INSERTED) {
            long pivot = partition(values, order, part.low, part.high);
            part.depth--;
            if (pivot - part.low < part.high - pivot) {
                parts[count++] = (waiting){pivot + 1, part.high, part.depth};
                part.high = pivot - 1;
            } else {
                parts[count++] = (waiting){part.low, pivot - 1, part.depth};
                part.low = pivot + 1;
            }
        }
        insert(values, order, part.low, part.high);
    }
}

/* introsort(values, order): values is (n,) float64 without NaN; order, (n,) int64, holds 0, 1, 2, ... and is sorted. */
PyObject *introsort(PyObject *module, PyObject *args)
{
    Py_buffer values, order;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*w*", &values, &order))
        return NULL;
    long size = (long)(values.len / (Py_ssize_t)sizeof(double));
    int fits = values.len == order.len;
    for (long i = 0; fits && i < size; i++)
        fits = ((const long long *)order.buf)[i] == i;
    Py_BEGIN_ALLOW_THREADS
    if (fits)
        sort(values.buf, order.buf, size);
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&values), PyBuffer_Release(&order);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "the order of the values counts up from 0"), NULL;
    Py_RETURN_NONE;
}
