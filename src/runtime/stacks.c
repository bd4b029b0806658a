#include "runtime/stacks.h"

/* A collection in between could run finalizers, and they other threads. */
PyObject *hr_stacks_running(void)
{
    PyObject *frames = PyList_New(0);
    int collects = PyGC_Disable();
    PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
    for (; thread != NULL && frames != NULL; thread = PyThreadState_Next(thread)) {
        PyObject *frame = (PyObject *)PyThreadState_GetFrame(thread);
        if (frame != NULL && PyList_Append(frames, frame) < 0) {
            Py_CLEAR(frames);
        }
        Py_XDECREF(frame);
    }
    if (collects) {
        PyGC_Enable();
    }
    PyErr_Clear();
    return frames;
}
