/* Where the rows of a stream end; `csv_twin.py` has the twin and `csv_rows.py` says what is done. */
#include "kernels.h"

#include <string.h>

#define INCOMPLETE (-1)
#define CELL_TOO_BIG (-2)

typedef struct {
    const byte *text;
    Py_ssize_t size, max_cell;
    byte separates[256];
} table;

/* Return where the row that begins at `from` ends, past its line end, and count its line ends. */
static Py_ssize_t row_end(const table *t, Py_ssize_t from, Py_ssize_t *lines)
{
    const byte *text = t->text;
    Py_ssize_t cell = from, at = from, dropped = 0, inner = 0;
    int quoted = 0;
    for (; at < t->size; at++) {
        byte c = text[at], next = at + 1 < t->size ? text[at + 1] : 0;
        if (quoted) {
            if (c == '"') {
                quoted = next == '"', at += quoted, dropped++;
            } else {
                inner += c == '\n' || (c == '\r' && next != '\n');
            }
        } else if (c == '"' && at == cell) {
            quoted = 1, dropped++;
        } else if (t->separates[c] || c == '\n' || c == '\r') {
            if (c == '\r' && at + 1 == t->size)
                break; /* a line feed may follow */
            if (at - cell - dropped > t->max_cell)
                return CELL_TOO_BIG;
            if (!t->separates[c]) {
                *lines += inner + 1;
                return at + 1 + (c == '\r' && next == '\n');
            }
            cell = at + 1, dropped = 0;
        }
    }
    return at - cell - dropped > t->max_cell ? CELL_TOO_BIG : INCOMPLETE;
}

/* Whether the line from `from` to the line feed is one row by a glance: short, without quotes and inner line ends. */
static int is_plain(const table *t, Py_ssize_t from, const byte *line_feed)
{
    const byte *start = t->text + from;
    if (!line_feed || line_feed - start > t->max_cell)
        return 0;
    size_t length = (size_t)(line_feed - start);
    const byte *carriage_return = memchr(start, '\r', length);
    return (!carriage_return || carriage_return == line_feed - 1) && !memchr(start, '"', length);
}

/* Whether nothing but spaces and tabs stands before the line end. */
static int is_blank(const table *t, Py_ssize_t at)
{
    while (at < t->size && (t->text[at] == ' ' || t->text[at] == '\t') && !t->separates[t->text[at]])
        at++;
    return at < t->size && (t->text[at] == '\n' || t->text[at] == '\r');
}

typedef struct {
    Py_ssize_t rows, lines, end;
    int status;
} progress;

static progress scan(const table *t, Py_ssize_t from, Py_ssize_t wanted)
{
    progress p = {0, 0, from, DONE};
    const byte *line_feed = t->text + from;
    while (p.rows < wanted && p.end < t->size) {
        /* Once there is none: a text without any would be searched to its end for every row. */
        if (line_feed && line_feed <= t->text + p.end)
            line_feed = memchr(t->text + p.end, '\n', (size_t)(t->size - p.end));
        Py_ssize_t lines = p.lines, next;
        if (is_plain(t, p.end, line_feed))
            next = line_feed - t->text + 1, lines++;
        else
            next = row_end(t, p.end, &lines);
        if (next < 0) {
            p.status = next == CELL_TOO_BIG ? TOO_BIG : DONE;
            break;
        }
        p.rows += !is_blank(t, p.end);
        p.end = next, p.lines = lines;
    }
    return p;
}

/* scan_rows(text, from, wanted, separators, max_cell) -> (status, rows, lines, end) of the complete rows after `from`. */
PyObject *scan_rows(PyObject *module, PyObject *args)
{
    Py_buffer text, separators;
    Py_ssize_t from, wanted;
    table t = {0};
    progress p = {0};
    (void)module;
    if (!PyArg_ParseTuple(args, "y*nny*n", &text, &from, &wanted, &separators, &t.max_cell))
        return NULL;
    t.text = text.buf, t.size = text.len;
    for (Py_ssize_t i = 0; i < separators.len; i++)
        t.separates[((const byte *)separators.buf)[i]] = 1;
    int fits = from >= 0 && from <= t.size;
    if (fits) {
        Py_BEGIN_ALLOW_THREADS
        p = scan(&t, from, wanted);
        Py_END_ALLOW_THREADS
    }
    PyBuffer_Release(&text), PyBuffer_Release(&separators);
    if (!fits)
        return PyErr_SetString(PyExc_ValueError, "the scan begins outside the text"), NULL;
    return Py_BuildValue("innn", p.status, p.rows, p.lines, p.end);
}
