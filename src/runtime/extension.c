/* The runtime as an extension module: the linker takes what this names. */
#include "runtime/module.h"

PyMODINIT_FUNC PyInit_hot_restart(void);

PyMODINIT_FUNC PyInit_hot_restart(void)
{
    return hr_module_init();
}
