/*
 * The module itself (layer 4b), for the programs that build it in.
 */
#ifndef HR_RUNTIME_MODULE_H
#define HR_RUNTIME_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#define HR_MODULE_NAME "hot_restart"

/* For PyImport_AppendInittab; the extension module's entry calls it as well. */
PyObject *hr_module_init(void);

#endif
