#define _GNU_SOURCE /* getcwd with NULL */
#include "runtime/prompt/wait.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/guard/origin.h"
#include "runtime/imports.h"
#include "runtime/prompt/savewatch.h"
#include "runtime/visible.h"

/* How long a signal may stay unnoticed that another thread was given. */
#define STEP_MS 100

typedef struct {
    PyObject_HEAD PyObject *filename;
    PyObject *name;
    struct hr_savewatch watch;
    bool is_origin; /* of what failed: its file is a copy */
    bool restarting;
    bool interrupted; /* by a Ctrl-C that came while something was written */
} waiter;

/* ---- lines for the person ---- */

/* Files below the current folder lose its name.  Takes the reference over. */
static PyObject *shorten(PyObject *text)
{
    char *folder = getcwd(NULL, 0);
    PyObject *prefix = folder != NULL ? PyUnicode_DecodeFSDefault(folder) : NULL;
    PyObject *empty = PyUnicode_FromString("");
    free(folder);
    if (prefix != NULL && empty != NULL && text != NULL) {
        PyObject *with_slash = PyUnicode_FromFormat("%U/", prefix);
        PyObject *shown =
            with_slash != NULL ? PyUnicode_Replace(text, with_slash, empty, -1) : NULL;
        Py_XDECREF(with_slash);
        if (shown != NULL) {
            Py_SETREF(text, shown);
        }
    }
    PyErr_Clear();
    Py_XDECREF(prefix);
    Py_XDECREF(empty);
    return text;
}

/* Writes, and flushes both streams in their order.  A Ctrl-C that comes meanwhile must
 * not be lost: false then, without an exception. */
static bool put(const char *name, PyObject *text)
{
    PyObject *stream = PySys_GetObject(name);
    PyObject *done = NULL;
    if (stream == NULL || stream == Py_None) {
        return true;
    }
    if (text == NULL || PyFile_WriteObject(text, stream, Py_PRINT_RAW) == 0) {
        done = PyObject_CallMethod(stream, "flush", NULL);
    }
    bool interrupted = done == NULL && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt);
    PyErr_Clear();
    Py_XDECREF(done);
    return !interrupted;
}

/* Takes the reference over; NULL, with whatever exception, says nothing. */
static void say(waiter *self, PyObject *text)
{
    text = hr_visible(shorten(text), true);
    PyObject *line = text != NULL ? PyUnicode_FromFormat("%U\n", text) : NULL;
    PyErr_Clear();
    if (line != NULL) {
        self->interrupted = !put("stdout", NULL) || self->interrupted;
        self->interrupted = !put("stderr", line) || self->interrupted;
    }
    Py_XDECREF(line);
    Py_XDECREF(text);
}

/* ---- what failed ---- */

/* The line that failed; the traceback's own number of it may not be filled in yet. */
static int line_of(PyFrameObject *frame, PyObject *traceback)
{
    PyTracebackObject *entry = (PyTracebackObject *)traceback;
    if (entry == NULL || entry->tb_lasti < 0) {
        return PyFrame_GetLineNumber(frame);
    }
    PyCodeObject *code = PyFrame_GetCode(entry->tb_frame);
    int line = PyCode_Addr2Line(code, entry->tb_lasti);
    Py_DECREF(code);
    return line;
}

/* The 1-based column of the traceback's first entry; 1 where it is not known. */
static int column_of(PyObject *traceback)
{
    PyTracebackObject *entry = (PyTracebackObject *)traceback;
    int line, column = -1, end_line, end_column;
    if (entry != NULL && entry->tb_lasti >= 0) {
        PyCodeObject *code = PyFrame_GetCode(entry->tb_frame);
        if (!PyCode_Addr2Location(code, entry->tb_lasti, &line, &column, &end_line,
                                  &end_column)) {
            column = -1;
        }
        Py_DECREF(code);
    }
    return column < 0 ? 1 : column + 1;
}

/* "KeyError: 'loss'", as the last line of a traceback has it. */
static PyObject *summary_of(PyObject *exception)
{
    PyObject *name = PyType_GetQualName(Py_TYPE(exception));
    PyObject *module =
        PyObject_GetAttrString((PyObject *)Py_TYPE(exception), "__module__");
    PyObject *text = PyObject_Str(exception);
    PyObject *lines = text != NULL ? PyUnicode_Splitlines(text, 0) : NULL;
    PyObject *summary = NULL;
    PyErr_Clear();
    if (name != NULL && module != NULL && PyUnicode_Check(module) &&
        PyUnicode_CompareWithASCIIString(module, "builtins") != 0 &&
        PyUnicode_CompareWithASCIIString(module, "__main__") != 0) {
        Py_SETREF(name, PyUnicode_FromFormat("%U.%U", module, name));
    }
    if (name != NULL && lines != NULL && PyList_GET_SIZE(lines) > 0) {
        summary = PyUnicode_FromFormat("%U: %U", name, PyList_GET_ITEM(lines, 0));
    } else {
        summary = Py_XNewRef(name);
    }
    Py_XDECREF(lines);
    Py_XDECREF(text);
    Py_XDECREF(module);
    Py_XDECREF(name);
    return hr_visible(summary, false);
}

/* The callers of `frame` as (frame, line), the outermost first; without those in the
 * list `hidden`.  New reference. */
static PyObject *callers_of(PyFrameObject *frame, PyObject *hidden)
{
    PyObject *callers = PyList_New(0);
    PyFrameObject *caller = PyFrame_GetBack(frame);
    while (callers != NULL && caller != NULL) {
        bool shown = true;
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(hidden); i++) {
            shown = shown && PyList_GET_ITEM(hidden, i) != (PyObject *)caller;
        }
        PyObject *entry = Py_BuildValue("Oi", caller, PyFrame_GetLineNumber(caller));
        if (entry == NULL || (shown && PyList_Append(callers, entry) < 0)) {
            Py_CLEAR(callers);
        }
        Py_XDECREF(entry);
        Py_SETREF(caller, PyFrame_GetBack(caller));
    }
    Py_XDECREF(caller);
    if (callers != NULL && PyList_Reverse(callers) < 0) {
        Py_CLEAR(callers);
    }
    return callers;
}

/* Puts the callers, which wait for the failed call, below the heading of the lines of
 * its traceback. */
static int add_callers(PyObject *module, PyObject *lines, PyObject *callers)
{
    PyObject *type = PyObject_GetAttrString(module, "StackSummary");
    PyObject *iterator = PyObject_GetIter(callers);
    PyObject *summary = type != NULL && iterator != NULL
                            ? PyObject_CallMethod(type, "extract", "O", iterator)
                            : NULL;
    PyObject *above =
        summary != NULL ? PyObject_CallMethod(summary, "format", NULL) : NULL;
    int result = above != NULL ? 0 : -1;
    for (Py_ssize_t i = PyList_GET_SIZE(lines) - 1; result == 0 && i >= 0; i--) {
        if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(lines, i),
                                             "Traceback (most recent call last):\n") ==
            0) {
            result = PyList_SetSlice(lines, i + 1, i + 1, above);
            break;
        }
    }
    Py_XDECREF(above);
    Py_XDECREF(summary);
    Py_XDECREF(iterator);
    Py_XDECREF(type);
    return result;
}

static void say_traceback(PyObject *exception, PyObject *traceback, PyObject *callers)
{
    PyObject *module = hr_import("traceback");
    PyObject *lines =
        module != NULL
            ? PyObject_CallMethod(module, "format_exception", "OOO", Py_TYPE(exception),
                                  exception, traceback != NULL ? traceback : Py_None)
            : NULL;
    if (lines != NULL && callers != NULL) {
        add_callers(module, lines, callers);
        PyErr_Clear();
    }
    PyObject *empty = PyUnicode_FromString("");
    PyObject *text =
        lines != NULL && empty != NULL ? PyUnicode_Join(empty, lines) : NULL;
    if (text != NULL) {
        put("stdout", NULL);
        put("stderr", text);
    }
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(empty);
    Py_XDECREF(lines);
    Py_XDECREF(module);
}

/* The place that failed, in the file that is edited. */
static int edited_line(struct hr_state *state, PyFrameObject *frame, int line)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    hr_source *runs = hr_source_of(state, code);
    uint32_t told = (uint32_t)line;
    if (runs != NULL) {
        hr_origin_line(runs, &told);
    }
    Py_DECREF(code);
    return (int)told;
}

static void say_crash(struct hr_state *state, waiter *self, PyFrameObject *frame,
                      PyObject *exception, PyObject *traceback, PyObject *hidden)
{
    PyObject *summary = summary_of(exception);
    PyObject *callers = callers_of(frame, hidden);
    int line = line_of(frame, traceback);
    if (self->is_origin && line > 0) {
        line = edited_line(state, frame, line);
    }
    PyErr_Clear();
    say_traceback(exception, traceback, callers);
    Py_XDECREF(callers);
    say(self, summary != NULL ? PyUnicode_FromFormat(
                                    "%U:%d:%d: error: %U [in %U]", self->filename, line,
                                    column_of(traceback), summary, self->name)
                              : NULL);
    Py_XDECREF(summary);
}

/* ---- the front end's methods ---- */

/* Ctrl-C ends the waiting, whatever the program does with it. */
static PyObject *take_sigint(void)
{
    PyObject *module = hr_import("signal");
    PyObject *handler =
        module != NULL ? PyObject_GetAttrString(module, "default_int_handler") : NULL;
    PyObject *old = handler != NULL
                        ? PyObject_CallMethod(module, "signal", "iO", 2, handler)
                        : NULL;
    PyErr_Clear(); /* another thread than the main one gets no signals */
    Py_XDECREF(handler);
    Py_XDECREF(module);
    return old;
}

static void give_sigint_back(PyObject *old)
{
    PyObject *module = old != NULL && old != Py_None ? hr_import("signal") : NULL;
    PyObject *done =
        module != NULL ? PyObject_CallMethod(module, "signal", "iO", 2, old) : NULL;
    PyErr_Clear();
    Py_XDECREF(done);
    Py_XDECREF(module);
    Py_XDECREF(old);
}

static PyObject *ask(PyObject *object, PyObject *nothing)
{
    waiter *self = (waiter *)object;
    PyObject *old = take_sigint();
    bool saved = false;
    self->restarting = false;
    say(self, PyUnicode_FromFormat("hr: waiting for %U to be saved", self->filename));
    while (!saved && !self->interrupted) {
        Py_BEGIN_ALLOW_THREADS saved = hr_savewatch_wait(&self->watch, STEP_MS);
        Py_END_ALLOW_THREADS self->interrupted = PyErr_CheckSignals() < 0;
    }
    PyErr_Clear();
    give_sigint_back(old);
    self->restarting = !self->interrupted;
    if (self->restarting) {
        /* An editor's task begins a round here, whatever comes of the reload. */
        say(self, PyUnicode_FromFormat("hr: reloading %U", self->filename));
    }
    return PyUnicode_FromString(self->restarting ? "continue" : "reraise");
}

static PyObject *say_method(PyObject *self, PyObject *text)
{
    say((waiter *)self, Py_NewRef(text));
    Py_RETURN_NONE;
}

static PyObject *close_method(PyObject *object, PyObject *nothing)
{
    waiter *self = (waiter *)object;
    if (self->restarting) {
        say(self, PyUnicode_FromFormat("hr: restarted %U", self->name));
    }
    hr_savewatch_finish(&self->watch);
    Py_RETURN_NONE;
}

static void dealloc(PyObject *object)
{
    waiter *self = (waiter *)object;
    PyTypeObject *type = Py_TYPE(object);
    hr_savewatch_finish(&self->watch);
    Py_CLEAR(self->filename);
    Py_CLEAR(self->name);
    type->tp_free(object);
    Py_DECREF(type);
}

static PyMethodDef methods[] = {
    {"ask", ask, METH_NOARGS,
     "Waits; \"continue\" after a save, \"reraise\" after Ctrl-C."},
    {"say", say_method, METH_O, "A line for the person."},
    {"close", close_method, METH_NOARGS, "Ends the watch."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_dealloc, dealloc},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "hot_restart._Waiter",
    .basicsize = sizeof(waiter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

PyObject *hr_wait_new(struct hr_state *state, PyFrameObject *frame, PyObject *exception,
                      PyObject *traceback, PyObject *qualname, PyObject *hidden)
{
    PyObject *path = NULL;
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyTypeObject *type = (PyTypeObject *)PyType_FromSpec(&spec);
    waiter *self = type != NULL ? (waiter *)type->tp_alloc(type, 0) : NULL;
    if (self != NULL) {
        self->watch.inotify = -1;
        self->filename = hr_origin_of(state, code->co_filename);
        self->is_origin = self->filename != NULL;
        if (self->filename == NULL) {
            self->filename = Py_NewRef(code->co_filename);
        }
        self->name = Py_NewRef(qualname);
        if (!PyUnicode_FSConverter(self->filename, &path)) {
            Py_CLEAR(self);
        } else if (!hr_savewatch_init(&self->watch, PyBytes_AS_STRING(path))) {
            PyErr_NoMemory();
            Py_CLEAR(self);
        }
    }
    if (self != NULL) {
        say_crash(state, self, frame, exception, traceback, hidden);
    }
    Py_XDECREF(path);
    Py_XDECREF(type);
    Py_DECREF(code);
    return (PyObject *)self;
}
