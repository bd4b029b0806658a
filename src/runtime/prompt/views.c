#include "runtime/prompt/views.h"

#include "rewrite/guard.h"
#include "runtime/cycle/crash.h"
#include "runtime/reload/functions.h"
#include "runtime/guard/origin.h"
#include "runtime/cycle/restart.h"
#include "runtime/prompt/savewatch.h"
#include "runtime/reload/texts.h"
#include "runtime/cycle/traceback.h"
#include "runtime/prompt/turn.h"

/* How long a wait takes no notice of signals. */
#define STEP_MS 200

/* Whether the one argument of a function is of that type; else an exception is set. */
static bool is_a(PyTypeObject *type, PyObject *argument)
{
    PyObject *unused;

    return PyArg_Parse(argument, "O!", type, &unused);
}

static PyObject *text_of(PyObject *self, PyObject *argument)
{
    hr_source *source;

    if (!is_a(&PyCode_Type, argument)) {
        return NULL;
    }
    source = hr_source_of(hr_state_of(self), (PyCodeObject *)argument);
    if (source == NULL) {
        Py_RETURN_NONE;
    }
    return PyUnicode_DecodeUTF8(source->text.data, (Py_ssize_t)source->text.size, NULL);
}

static PyObject *origin_of(PyObject *self, PyObject *argument)
{
    PyObject *origin;

    if (!is_a(&PyCode_Type, argument)) {
        return NULL;
    }
    origin = hr_origin_of(hr_state_of(self), ((PyCodeObject *)argument)->co_filename);
    return origin != NULL || PyErr_Occurred() ? origin : Py_NewRef(Py_None);
}

static PyObject *origin_line(PyObject *self, PyObject *arguments)
{
    PyObject *code;
    int line;
    uint32_t told;

    if (!PyArg_ParseTuple(arguments, "O!i:origin_line", &PyCode_Type, &code, &line)) {
        return NULL;
    }
    hr_source *source = hr_source_of(hr_state_of(self), (PyCodeObject *)code);
    told = line > 0 ? (uint32_t)line : 0;
    if (source != NULL) {
        hr_origin_line(source, &told);
    }
    return PyLong_FromUnsignedLong(told);
}

static PyObject *name_of(PyObject *self, PyObject *argument)
{
    return is_a(&PyCode_Type, argument)
               ? hr_functions_qualname((PyCodeObject *)argument)
               : NULL;
}

static PyObject *is_guarded(PyObject *self, PyObject *argument)
{
    return is_a(&PyCode_Type, argument)
               ? PyBool_FromLong(hr_crash_can_restart((PyCodeObject *)argument))
               : NULL;
}

static PyObject *is_guard(PyObject *self, PyObject *argument)
{
    return is_a(&PyTraceBack_Type, argument)
               ? PyBool_FromLong(hr_traceback_is_guard(hr_state_of(self),
                                                       (PyTracebackObject *)argument))
               : NULL;
}

static PyObject *arguments_of(PyObject *self, PyObject *argument)
{
    struct hr_state *state = hr_state_of(self);
    PyFrameObject *frame = (PyFrameObject *)argument;
    PyCodeObject *code;
    struct hr_crash *crash;
    PyObject *arguments;

    if (!is_a(&PyFrame_Type, argument)) {
        return NULL;
    }
    code = PyFrame_GetCode(frame);
    crash = hr_crash_can_restart(code) ? hr_crash_new(state, frame, NULL) : NULL;
    Py_DECREF(code);
    arguments =
        crash != NULL && hr_crash_resolve(state, crash) ? crash->arguments : NULL;
    Py_XINCREF(arguments);
    hr_crash_free(crash);
    PyErr_Clear();
    return arguments != NULL ? arguments : Py_NewRef(Py_None);
}

static PyObject *changes(PyObject *self, PyObject *arguments)
{
    struct hr_crash at = {0};
    PyObject *frame;
    PyObject *only;
    PyObject *found;

    if (!PyArg_ParseTuple(arguments, "O!O", &PyFrame_Type, &frame, &only)) {
        return NULL;
    }
    at.frame = (PyFrameObject *)frame;
    at.code = PyFrame_GetCode(at.frame);
    found = hr_texts_changed(hr_state_of(self), &at, only == Py_None ? NULL : only);
    Py_DECREF(at.code);
    return found;
}

/* wait_for_save(path, announce): `announce` is called once a save would be noticed. */
static PyObject *wait_for_save(PyObject *self, PyObject *arguments)
{
    struct hr_savewatch watch = {.inotify = -1};
    PyObject *path = NULL;
    PyObject *announce = NULL;
    PyObject *announced = NULL;
    bool saved = false;
    bool interrupted = false;

    if (!PyArg_ParseTuple(arguments, "O&O", PyUnicode_FSConverter, &path, &announce)) {
        return NULL;
    }
    if (hr_savewatch_init(&watch, PyBytes_AS_STRING(path))) {
        announced = PyObject_CallNoArgs(announce);
    } else {
        PyErr_NoMemory();
    }
    interrupted = announced == NULL;
    Py_XDECREF(announced);
    while (!saved && !interrupted) {
        Py_BEGIN_ALLOW_THREADS saved = hr_savewatch_wait(&watch, STEP_MS);
        Py_END_ALLOW_THREADS interrupted = PyErr_CheckSignals() < 0;
    }
    hr_savewatch_finish(&watch);
    Py_DECREF(path);
    return interrupted ? NULL : Py_NewRef(Py_None);
}

static PyObject *restart_frames(PyObject *self, PyObject *nothing)
{
    return hr_restart_frames(hr_state_of(self));
}

static PyObject *take_turn(PyObject *self, PyObject *nothing)
{
    return hr_turn_take(hr_state_of(self)) ? Py_NewRef(Py_None) : PyErr_NoMemory();
}

static PyObject *may_use_input(PyObject *self, PyObject *nothing)
{
    return PyBool_FromLong(!hr_state_of(self)->forked_at_prompt);
}

static PyObject *give_turn(PyObject *self, PyObject *nothing)
{
    hr_turn_give(hr_state_of(self));
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"text_of", text_of, METH_O, NULL},
    {"origin_of", origin_of, METH_O, NULL},
    {"origin_line", origin_line, METH_VARARGS, NULL},
    {"name_of", name_of, METH_O, NULL},
    {"is_guarded", is_guarded, METH_O, NULL},
    {"is_guard", is_guard, METH_O, NULL},
    {"arguments_of", arguments_of, METH_O, NULL},
    {"changes", changes, METH_VARARGS, NULL},
    {"wait_for_save", wait_for_save, METH_VARARGS, NULL},
    {"restart_frames", restart_frames, METH_NOARGS, NULL},
    {"take_turn", take_turn, METH_NOARGS, NULL},
    {"may_use_input", may_use_input, METH_NOARGS, NULL},
    {"give_turn", give_turn, METH_NOARGS, NULL},
    {NULL},
};

int hr_views_add(struct hr_state *state, PyObject *names)
{
    PyObject *owner = PyType_GetModule(state->crashed_type); /* borrowed */
    PyObject *module = owner == NULL ? NULL : PyModule_New("hot_restart.runtime");
    int status = module == NULL ? -1 : PyDict_SetItemString(names, "runtime", module);

    for (PyMethodDef *each = functions; status == 0 && each->ml_name != NULL; each++) {
        PyObject *function = PyCFunction_New(each, owner);

        status = function == NULL
                     ? -1
                     : PyObject_SetAttrString(module, each->ml_name, function);
        Py_XDECREF(function);
    }
    Py_XDECREF(module);
    return status;
}
