/* The compiled kernels of the forests. Each has a twin in numpy that gives the same bits and runs if they are not built. */
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
    {"grow_isolation", grow_isolation, METH_VARARGS, NULL},
    {"isolation_depths", isolation_depths, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, NAME, NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC INITIALISE(void) { return PyModuleDef_Init(&definition); }
