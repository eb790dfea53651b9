/* The cells of a block; `csv_twin.py` has the twin and `csv_block.py` says what is done. */
#include "kernels.h"

#include "csv_number.h"

#include <stdlib.h>
#include <string.h>

#define LARGEST_CELL 131072 /* the csv module's */

enum { CELL, SEPARATOR, LINE_END, END };        /* kinds of bytes; a text ends with a zero byte */
enum { GAPS, OUT_OF_RANGES, TEXTS, FIRST_TEXT, COUNTS }; /* rows of the counts */

typedef struct {
    const byte *text, *end; /* *end is 0 */
    byte kind[256];
    int comma_allowed;
    Py_ssize_t rows, fields, columns;
    const int *slots; /* (fields,): the column of a field, or -1 */
    double *values;
    long long *layout, *counts, commas;
    byte *scratch;
    size_t room;
} block;

typedef struct {
    int status; /* -1: no memory */
    Py_ssize_t row, at, found;
} outcome;

/* Past the quoted part of a cell, which begins with a quote; NULL if that is not closed. */
static const byte *after_quotes(const byte *at, const byte *end)
{
    for (at++;; at += 2) {
        at = memchr(at, '"', (size_t)(end - at));
        if (!at || at[1] != '"')
            return at ? at + 1 : NULL;
    }
}

static inline const byte *cell_end(const block *b, const byte *at)
{
    for (;; at++) {
        while (b->kind[*at] == CELL)
            at++;
        if (*at || at == b->end)
            return at;
    }
}

/* Copy a quoted cell without its quotes; returns its size, or -1 without memory. */
static Py_ssize_t unquote(block *b, const byte *cell, const byte *end)
{
    if ((size_t)(end - cell) > b->room) {
        byte *more = realloc(b->scratch, (size_t)(end - cell));
        if (!more)
            return -1;
        b->scratch = more, b->room = (size_t)(end - cell);
    }
    byte *to = b->scratch;
    const byte *at = cell + 1;
    for (; *at != '"' || at[1] == '"'; at++)
        *to++ = *at, at += *at == '"';
    for (at++; at < end; at++)
        *to++ = *at;
    return to - b->scratch;
}

/* Read a cell into its column; 0 without memory. */
static int take_cell(block *b, Py_ssize_t row, int column, const byte *cell, const byte *end)
{
    long long *counts = b->counts + column;
    Py_ssize_t size = end - cell;
    if (*cell == '"') {
        if ((size = unquote(b, cell, end)) < 0)
            return 0;
        cell = b->scratch;
    }
    switch (read_cell((const char *)cell, (size_t)size, b->comma_allowed, b->values + row * b->columns + column, &b->commas)) {
    case NUMBER:
        return 1;
    case GAP:
        return ++counts[GAPS * b->columns], 1;
    case OUT_OF_RANGE:
        return ++counts[OUT_OF_RANGES * b->columns], 1;
    case TEXT:
        if (!counts[TEXTS * b->columns]++)
            counts[FIRST_TEXT * b->columns] = row;
        return 1;
    default:
        return 0;
    }
}

/* Read the row that begins at `at`; returns where its text ends, or NULL with a status. */
static const byte *take_row(block *b, const byte *at, outcome *o)
{
    const byte *start = at;
    Py_ssize_t field = 0;
    for (;; at++, field++) {
        const byte *cell = at;
        if (*at == '"' && !(at = after_quotes(at, b->end)))
            return o->status = UNCLOSED, NULL;
        at = cell_end(b, at);
        if (at - cell > LARGEST_CELL)
            return o->status = TOO_BIG, NULL;
        int column = field < b->fields ? b->slots[field] : -1;
        if (column >= 0 && !take_cell(b, o->row, column, cell, at))
            return o->status = -1, NULL;
        if (b->kind[*at] != SEPARATOR)
            break;
    }
    if (++field > b->fields)
        return o->status = RAGGED, o->found = field, NULL;
    long long *layout = b->layout + 3 * o->row;
    layout[0] = start - b->text, layout[1] = at - b->text, layout[2] = b->fields - field;
    for (; field < b->fields; field++)
        if (b->slots[field] >= 0) {
            b->values[o->row * b->columns + b->slots[field]] = Py_NAN;
            b->counts[GAPS * b->columns + b->slots[field]]++;
        }
    return at;
}

/* Past blank lines. */
static const byte *skip_blank(const block *b, const byte *at)
{
    for (const byte *line = at;; line = at) {
        while ((*at == ' ' || *at == '\t') && b->kind[*at] == CELL)
            at++;
        if (b->kind[*at] == END && at == b->end)
            return at;
        if (b->kind[*at] != LINE_END)
            return line;
        at++;
    }
}

static outcome parse(block *b)
{
    outcome o = {DONE, 0, 0, 0};
    const byte *at = skip_blank(b, b->text);
    for (; at < b->end; o.row++) {
        o.at = at - b->text;
        if (o.row == b->rows)
            return o.status = MISCOUNTED, o;
        at = take_row(b, at, &o);
        if (!at)
            return o;
        at = skip_blank(b, at + (at < b->end));
    }
    if (o.row != b->rows)
        o.status = MISCOUNTED;
    return o;
}

/* Whether the arrays have the sizes that the numbers of rows, fields and columns ask for. */
static int fits(const block *b, Py_ssize_t slots, Py_ssize_t values, Py_ssize_t layout, Py_ssize_t counts)
{
    const Py_ssize_t item = sizeof(long long);
    if (b->rows < 0 || b->columns < 0 || slots != b->fields * (Py_ssize_t)sizeof(int) || layout != b->rows * 3 * item ||
        counts != COUNTS * b->columns * item || values != b->rows * b->columns * (Py_ssize_t)sizeof(double))
        return 0;
    for (Py_ssize_t field = 0; field < b->fields; field++)
        if (b->slots[field] < -1 || b->slots[field] >= b->columns)
            return 0;
    return 1;
}

/* parse_rows(text, separator, comma_allowed, slots, values, layout, counts) -> (status, rows, at, number): slots is (fields,)
   int32; values (rows, columns) float64, layout (rows, 3) int64 and counts (4, columns) int64 are filled. */
PyObject *parse_rows(PyObject *module, PyObject *args)
{
    char *text;
    Py_ssize_t size;
    Py_buffer slots, values, layout, counts;
    int separator;
    block b = {0};
    outcome o = {0};
    (void)module;
    /* A bytes object, and no other buffer: those end with a zero byte. */
    PyObject *source;
    if (!PyArg_ParseTuple(args, "Sipy*w*w*w*", &source, &separator, &b.comma_allowed, &slots, &values, &layout, &counts))
        return NULL;
    PyBytes_AsStringAndSize(source, &text, &size);
    b.text = (const byte *)text, b.end = b.text + size;
    b.kind[0] = END, b.kind['\n'] = b.kind['\r'] = LINE_END, b.kind[separator & 255] = SEPARATOR;
    b.rows = layout.len / (3 * (Py_ssize_t)sizeof(long long));
    b.fields = slots.len / (Py_ssize_t)sizeof(int);
    b.columns = counts.len / (COUNTS * (Py_ssize_t)sizeof(long long));
    b.slots = slots.buf, b.values = values.buf, b.layout = layout.buf, b.counts = counts.buf;
    int agree = fits(&b, slots.len, values.len, layout.len, counts.len);
    if (agree) {
        Py_BEGIN_ALLOW_THREADS
        o = parse(&b);
        free(b.scratch);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&slots), PyBuffer_Release(&values), PyBuffer_Release(&layout), PyBuffer_Release(&counts);
    if (!agree)
        return PyErr_SetString(PyExc_ValueError, "the arrays do not agree on rows and columns"), NULL;
    if (o.status < 0)
        return PyErr_NoMemory();
    return Py_BuildValue("innL", o.status, o.row, o.at, o.status == RAGGED ? (long long)o.found : b.commas);
}
