/* The compiled kernels of the batches. Each has a twin in Python that gives the same bytes and runs if they are not built. */
#include "csv_number.h"
#include "kernels.h"

#include "../../numeric/kernel_module.h"

static PyMethodDef methods[] = {
    HAS_WIDE,
    {"scan_rows", scan_rows, METH_VARARGS, NULL},
    {"parse_rows", parse_rows, METH_VARARGS, NULL},
    {"append_cells", append_cells, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

DEFINE_MODULE(methods);

PyMODINIT_FUNC INITIALISE(void)
{
    if (!open_numbers())
        return PyErr_NoMemory();
    return PyModuleDef_Init(&definition);
}
