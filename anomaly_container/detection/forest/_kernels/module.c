/* The compiled kernels of the forests. Each has a twin in numpy that gives the same bits and runs if they are not built. */
#include "kernels.h"
#include "random_cut.h"

#include "../../numeric/kernel_module.h"

static PyMethodDef methods[] = {
    HAS_WIDE,
    {"grow_isolation", grow_isolation, METH_VARARGS, NULL},
    {"isolation_depths", isolation_depths, METH_VARARGS, NULL},
    {"grow_random_cut", grow_random_cut, METH_VARARGS, NULL},
    {"score_random_cut", score_random_cut, METH_VARARGS, NULL},
    {"learn_random_cut", learn_random_cut, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE(methods);

PyMODINIT_FUNC INITIALISE(void) { return PyModuleDef_Init(&definition); }
