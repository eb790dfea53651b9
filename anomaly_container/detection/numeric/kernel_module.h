/* The frame of an extension of kernels. The file with the table of its functions includes it, after `kernels.h`. */
#ifndef ANOMALY_KERNEL_MODULE_H
#define ANOMALY_KERNEL_MODULE_H

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

/* The entry of the table for `has_wide`, which every extension has. */
#define HAS_WIDE {"has_wide", has_wide, METH_NOARGS, NULL}

/* Defines `definition`, the module of a table of functions. */
#define DEFINE_MODULE(methods)                                                                                        \
    static PyModuleDef_Slot slots[] = {{0, NULL}};                                                                    \
    static struct PyModuleDef definition = {                                                                          \
        PyModuleDef_HEAD_INIT, NAME, NULL, 0, methods, slots, NULL, NULL, NULL}

#endif
