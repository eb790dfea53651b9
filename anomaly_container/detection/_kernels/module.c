/* The compiled kernels of the engine. Each has a twin in numpy that gives the same bits and takes its place where
   there was no compiler. */
#include "kernels.h"

static PyMethodDef methods[] = {
    {"stl", stl, METH_VARARGS, NULL},
    {"median_slope", median_slope, METH_VARARGS, NULL},
    {"truncated_ends", truncated_ends, METH_VARARGS, NULL},
    {"median_distances", median_distances, METH_VARARGS, NULL},
    {"phase_sums", phase_sums, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_compiled", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__compiled(void) { return PyModuleDef_Init(&definition); }
