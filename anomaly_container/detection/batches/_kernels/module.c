/* The compiled kernels of the batches. Each has a twin in Python that gives the same bytes and runs if they are not built. */
#include "csv_number.h"
#include "kernels.h"

/* has_wide() -> bool: whether this processor can run the wide build. */
static PyObject *has_wide(PyObject *module, PyObject *args)
{
    (void)module, (void)args;
#ifdef __x86_64__
    return PyBool_FromLong(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"));
#else
    Py_RETURN_FALSE;
#endif
}

static PyMethodDef methods[] = {
    {"has_wide", has_wide, METH_NOARGS, NULL},
    {"scan_rows", scan_rows, METH_VARARGS, NULL},
    {"parse_rows", parse_rows, METH_VARARGS, NULL},
    {"append_cells", append_cells, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, NAME, NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC INITIALISE(void)
{
    if (!open_numbers())
        return PyErr_NoMemory();
    return PyModuleDef_Init(&definition);
}
