#include "runtime/cycle/raised.h"

#include "runtime/cycle/cycle.h"
#include "runtime/imports.h"
#include "runtime/settings.h"
#include "runtime/guard/source.h"

/* Of those that sys.monitoring has for tools without a name of their own. */
static const int tool_ids[] = {4, 3};

/* callback(code, offset of the instruction, exception) */
static PyObject *raised(PyObject *owner, PyObject *const *arguments, Py_ssize_t count)
{
    struct hr_state *state = hr_state_of(owner);
    if (count == 3 && PyCode_Check(arguments[0]) &&
        hr_source_of(state, (PyCodeObject *)arguments[0]) != NULL) {
        hr_settings_read_stop(state);
        if (state->stop != HR_STOP_NEVER) {
            hr_cycle_raised(state, arguments[2]);
        }
    }
    return Py_NewRef(Py_None);
}

static PyMethodDef raised_method = {"raised", (PyCFunction)(void (*)(void))raised,
                                    METH_FASTCALL,
                                    "Called for each exception that comes to a frame."};

static int use(PyObject *monitoring, int id, PyObject *function)
{
    PyObject *events = PyObject_GetAttrString(monitoring, "events");
    PyObject *event = events != NULL ? PyObject_GetAttrString(events, "RAISE") : NULL;
    PyObject *before = event != NULL
                           ? PyObject_CallMethod(monitoring, "register_callback", "iOO",
                                                 id, event, function)
                           : NULL;
    PyObject *done =
        before != NULL ? PyObject_CallMethod(monitoring, "set_events", "iO", id, event)
                       : NULL;
    int result = done != NULL ? 0 : -1;
    Py_XDECREF(done);
    Py_XDECREF(before);
    Py_XDECREF(event);
    Py_XDECREF(events);
    return result;
}

int hr_raised_install(PyObject *owner)
{
    PyObject *sys = hr_import("sys");
    PyObject *monitoring =
        sys != NULL ? PyObject_GetAttrString(sys, "monitoring") : NULL;
    PyObject *function = PyCFunction_New(&raised_method, owner);
    int result = -1;
    for (size_t i = 0; monitoring != NULL && function != NULL && result < 0 &&
                       i < sizeof tool_ids / sizeof *tool_ids;
         i++) {
        PyErr_Clear();
        PyObject *taken = PyObject_CallMethod(monitoring, "use_tool_id", "is",
                                              tool_ids[i], "hot-restart");
        result = taken != NULL ? use(monitoring, tool_ids[i], function) : -1;
        Py_XDECREF(taken);
    }
    Py_XDECREF(function);
    Py_XDECREF(monitoring);
    Py_XDECREF(sys);
    return result;
}
