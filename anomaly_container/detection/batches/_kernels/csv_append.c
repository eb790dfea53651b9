/* The rows of a block with new cells; `csv_twin.py` has the twin and `csv_append.py` says what is done. */
#include "kernels.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NUMBER 25 /* -1.7976931348623157e+308, and -9223372036854775808 */
#define SCALE 1e4         /* scores have four decimals */
#define DECIMALS 4
#define LARGEST_SCALED 1e15 /* fifteen digits name a double, and no shorter text names the same */

typedef struct {
    char kind; /* f: float64, i: int64, w: int64 places among words, e: empty */
    Py_buffer numbers;
    PyObject *words;
    Py_ssize_t count, longest;
} column;

typedef struct {
    const char *text;
    const long long *layout; /* (rows, 3): begin and end of the text of a row, and how many fields it lacks */
    Py_ssize_t rows, columns;
    char separator, mark;
    column *column;
    char *rare; /* numbers as Python writes them, a row of LONGEST_NUMBER + 1 bytes each, in the order of the cells */
    size_t rares, room;
} appended;

static char *write_integer(char *to, uint64_t number)
{
    char digits[20];
    int count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while (number /= 10);
    while (count)
        *to++ = digits[--count];
    return to;
}

/* The number times 10^4 if it is the nearest double to a text of four decimals and fifteen digits, else NaN. */
static inline double scaled(double number)
{
    double whole = rint(fabs(number) * SCALE);
    return whole < LARGEST_SCALED && whole / SCALE == fabs(number) ? whole : Py_NAN;
}

static char *write_scaled(char *to, double number, double whole, char mark)
{
    uint64_t all = (uint64_t)whole, fraction = all % (uint64_t)SCALE;
    if (signbit(number))
        *to++ = '-';
    to = write_integer(to, all / (uint64_t)SCALE);
    *to++ = mark;
    int last = DECIMALS;
    for (; last > 1 && fraction % 10 == 0; last--)
        fraction /= 10;
    for (int place = last; place-- > 0; fraction /= 10)
        to[place] = (char)('0' + fraction % 10);
    return to + last;
}

/* Write, holding the lock, the numbers that have more decimals; 0 with an exception. */
static int write_rare(appended *a)
{
    for (Py_ssize_t row = 0; row < a->rows; row++)
        for (Py_ssize_t i = 0; i < a->columns; i++) {
            if (a->column[i].kind != 'f')
                continue;
            double number = ((const double *)a->column[i].numbers.buf)[row];
            if (!isfinite(number) || !isnan(scaled(number)))
                continue;
            if (a->rares == a->room) {
                size_t room = a->room ? 2 * a->room : 64;
                char *more = realloc(a->rare, room * (LONGEST_NUMBER + 1));
                if (!more)
                    return PyErr_NoMemory(), 0;
                a->rare = more, a->room = room;
            }
            PyObject *boxed = PyFloat_FromDouble(number), *text = boxed ? PyObject_Repr(boxed) : NULL;
            const char *letters = text ? PyUnicode_AsUTF8AndSize(text, NULL) : NULL;
            if (letters) {
                char *copy = a->rare + a->rares++ * (LONGEST_NUMBER + 1);
                strncpy(copy, letters, LONGEST_NUMBER);
                copy[LONGEST_NUMBER] = 0;
                char *point = strchr(copy, '.');
                if (point)
                    *point = a->mark;
            }
            Py_XDECREF(text), Py_XDECREF(boxed);
            if (!letters)
                return 0;
        }
    return 1;
}

static inline char *write_text(char *to, const char *text, size_t size)
{
    memcpy(to, text, size);
    return to + size;
}

/* Write the rows; returns where they end. */
static char *write_rows(const appended *a, const char *const *words, const Py_ssize_t *sizes, char *to)
{
    const char *rare = a->rare;
    for (Py_ssize_t row = 0; row < a->rows; row++) {
        const long long *layout = a->layout + 3 * row;
        to = write_text(to, a->text + layout[0], (size_t)(layout[1] - layout[0]));
        for (long long lacking = layout[2]; lacking > 0; lacking--)
            *to++ = a->separator;
        Py_ssize_t first = 0;
        for (Py_ssize_t i = 0; i < a->columns; first += a->column[i++].count) {
            const column *c = a->column + i;
            *to++ = a->separator;
            if (c->kind == 'f') {
                double number = ((const double *)c->numbers.buf)[row], whole = scaled(number);
                if (!isnan(whole)) {
                    to = write_scaled(to, number, whole, a->mark);
                } else if (isfinite(number)) {
                    to = write_text(to, rare, strlen(rare));
                    rare += LONGEST_NUMBER + 1;
                }
            } else if (c->kind == 'i') {
                long long number = ((const long long *)c->numbers.buf)[row];
                if (number < 0)
                    *to++ = '-';
                to = write_integer(to, number < 0 ? 0 - (uint64_t)number : (uint64_t)number);
            } else if (c->kind == 'w') {
                Py_ssize_t word = first + (Py_ssize_t)((const long long *)c->numbers.buf)[row];
                to = write_text(to, words[word], (size_t)sizes[word]);
            }
        }
        *to++ = '\n';
    }
    return to;
}

/* Whether every range lies in the text and every place among the words; sums the longest the result can be. */
static int measure(const appended *a, Py_ssize_t size, Py_ssize_t *longest)
{
    Py_ssize_t cells = 1;
    for (Py_ssize_t i = 0; i < a->columns; i++) {
        const column *c = a->column + i;
        cells += 1 + (c->kind == 'w' ? c->longest : c->kind == 'e' ? 0 : LONGEST_NUMBER);
        if (c->kind != 'e' && c->numbers.len != a->rows * 8)
            return 0;
        for (Py_ssize_t row = 0; c->kind == 'w' && row < a->rows; row++) {
            long long word = ((const long long *)c->numbers.buf)[row];
            if (word < 0 || word >= c->count)
                return 0;
        }
    }
    *longest = cells * a->rows;
    long long before = 0;
    for (const long long *layout = a->layout, *end = layout + 3 * a->rows; layout < end; layout += 3) {
        if (layout[0] < before || layout[1] < layout[0] || layout[1] > size || layout[2] < 0 || layout[2] > INT32_MAX)
            return 0;
        before = layout[1];
        *longest += layout[1] - layout[0] + layout[2];
    }
    return 1;
}

static PyObject *append(appended *a, Py_ssize_t size)
{
    Py_ssize_t longest = 0, count = 0, taken = 0;
    PyObject *result = NULL;
    if (!measure(a, size, &longest))
        return PyErr_SetString(PyExc_ValueError, "the columns do not agree with the rows"), NULL;
    for (Py_ssize_t i = 0; i < a->columns; i++)
        count += a->column[i].count;
    const char **words = malloc((size_t)(count + 1) * sizeof *words);
    Py_ssize_t *sizes = malloc((size_t)(count + 1) * sizeof *sizes);
    char *start = malloc((size_t)longest + 1);
    if (!words || !sizes || !start) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < a->columns; i++)
        for (Py_ssize_t word = 0; word < a->column[i].count; word++, taken++) {
            char *text;
            PyBytes_AsStringAndSize(PyTuple_GetItem(a->column[i].words, word), &text, sizes + taken);
            words[taken] = text;
        }
    if (!write_rare(a))
        goto done;
    char *end;
    Py_BEGIN_ALLOW_THREADS
    end = write_rows(a, words, sizes, start);
    Py_END_ALLOW_THREADS
    result = PyBytes_FromStringAndSize(start, end - start);
done:
    free(start), free(words), free(sizes), free(a->rare);
    return result;
}

/* Take a (kind, numbers, words); 0 with an exception. */
static int take_column(column *c, PyObject *given)
{
    int kind;
    PyObject *numbers;
    if (!PyArg_ParseTuple(given, "COO!", &kind, &numbers, &PyTuple_Type, &c->words))
        return 0;
    c->kind = (char)kind;
    c->count = PyTuple_Size(c->words);
    for (Py_ssize_t i = 0; i < c->count; i++) {
        char *text;
        Py_ssize_t size;
        if (PyBytes_AsStringAndSize(PyTuple_GetItem(c->words, i), &text, &size) < 0)
            return 0;
        c->longest = size > c->longest ? size : c->longest;
    }
    return kind == 'e' || !PyObject_GetBuffer(numbers, &c->numbers, PyBUF_SIMPLE);
}

/* append_cells(text, layout, separator, mark, columns) -> bytes: layout is (rows, 3) int64, columns a tuple of
   (kind, numbers, words). */
PyObject *append_cells(PyObject *module, PyObject *args)
{
    PyObject *columns, *result = NULL;
    Py_buffer text, layout;
    int separator, mark, taken = 1;
    appended a = {0};
    (void)module;
    if (!PyArg_ParseTuple(args, "y*y*iiO!", &text, &layout, &separator, &mark, &PyTuple_Type, &columns))
        return NULL;
    a.text = text.buf, a.layout = layout.buf;
    a.rows = layout.len / (3 * (Py_ssize_t)sizeof(long long));
    a.separator = (char)separator, a.mark = (char)mark;
    Py_ssize_t count = PyTuple_Size(columns);
    a.column = calloc((size_t)count + 1, sizeof *a.column);
    if (!a.column)
        PyErr_NoMemory();
    for (; a.column && taken && a.columns < count; a.columns++)
        taken = take_column(a.column + a.columns, PyTuple_GetItem(columns, a.columns));
    if (a.column && taken)
        result = append(&a, text.len);
    for (Py_ssize_t i = 0; i < a.columns; i++)
        if (a.column[i].numbers.obj)
            PyBuffer_Release(&a.column[i].numbers);
    free(a.column);
    PyBuffer_Release(&text), PyBuffer_Release(&layout);
    return result;
}
