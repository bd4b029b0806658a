#include "runtime/cycle/restart.h"

#include <frameobject.h>

#include "runtime/reload/arguments.h"
#include "runtime/cycle/reading.h"
#include "runtime/cycle/restart_iter.h"

void hr_loop_enter(struct hr_state *state, struct hr_loop *loop)
{
    loop->again = false;
    loop->previous = NULL;
    loop->next = state->running;
    if (loop->next != NULL) {
        loop->next->previous = loop;
    }
    state->running = loop;
}

void hr_loop_leave(struct hr_state *state, struct hr_loop *loop)
{
    if (loop->next != NULL) {
        loop->next->previous = loop->previous;
    }
    if (loop->previous != NULL) {
        loop->previous->next = loop->next;
    } else {
        state->running = loop->next;
    }
}

/* What the next run gives again, as far as the last one got: where that had not begun
 * to read, what is left is what it was. */
static void pass_reading(struct hr_crash *from, struct hr_crash *to)
{
    if (from->reads == NULL && from->positional == NULL && to->positional == NULL &&
        to->reads != NULL) {
        bool more = to->again != HR_DELIVERED_UNKNOWN && from->delivered > to->again;

        to->again = more ? from->delivered : to->again;
        return;
    }
    Py_XSETREF(to->reads, Py_XNewRef(from->reads));
    to->again = from->again;
    to->lost = from->lost;
}

/* The arguments of the one become those of the other, with the code that tells what
 * their names mean. */
static void pass_arguments(struct hr_crash *from, struct hr_crash *to)
{
    pass_reading(from, to);
    Py_XSETREF(to->code, (PyCodeObject *)Py_NewRef((PyObject *)from->code));
    Py_XSETREF(to->arguments, Py_NewRef(from->arguments));
    Py_XSETREF(to->positional, Py_XNewRef(from->positional));
    Py_XSETREF(to->keywords, Py_XNewRef(from->keywords));
}

/* The loop that called the crash's frame, or NULL. */
static struct hr_loop *loop_of(struct hr_state *state, struct hr_crash *crash)
{
    PyFrameObject *caller = PyFrame_GetBack(crash->frame);
    struct hr_loop *loop = caller == NULL ? NULL : state->running;

    while (loop != NULL && !(loop->frame == caller && hr_crash_resolve(state, crash) &&
                             loop->function == crash->function)) {
        loop = loop->next;
    }
    Py_XDECREF(caller);
    return loop;
}

/* Without memory for it the item is lost. */
static void put_back(struct hr_state *state, struct hr_crash *crash)
{
    if (hr_reading_put_back(state, crash) < 0) {
        PyErr_Clear();
    }
}

bool hr_restart_again(struct hr_state *state, struct hr_crash *crash)
{
    struct hr_loop *loop = loop_of(state, crash);

    if (loop != NULL) {
        loop->again = true;
        put_back(state, crash);
        pass_arguments(crash, loop->crash);
    }
    return loop != NULL;
}

/* What becomes of the iterator that it had begun to read. */
static PyObject *describe_reading(const struct hr_crash *crash, bool suspends)
{
    const char *kind = suspends ? "is a generator: it goes on" : "goes on";

    if (crash->lost) {
        return PyUnicode_FromFormat(
            "%s with what is left in the iterator '%U'; what it "
            "took last is not there any more",
            kind, crash->reads);
    }
    return PyUnicode_FromFormat(
        "%s with what is left in the iterator '%U'%s%s", kind, crash->reads,
        crash->item != NULL ? ", from the item that it failed with" : "",
        !suspends ? "; what it has made of the items before is not made again"
        : crash->again == HR_DELIVERED_UNKNOWN
            ? "; values that it delivered besides come again"
            : "");
}

PyObject *hr_restart_describe(struct hr_state *state, struct hr_crash *crash)
{
    const struct hr_loop *loop = loop_of(state, crash);
    Py_ssize_t delivered = loop != NULL ? loop->crash->delivered : crash->delivered;
    bool suspends = (crash->code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) != 0;
    PyObject *text = NULL;

    if (crash->reads != NULL && (suspends || crash->positional == NULL)) {
        text = describe_reading(crash, suspends);
    } else if (!suspends) {
        return NULL;
    } else if (delivered == HR_DELIVERED_UNKNOWN ||
               (delivered > 0 && crash->positional != NULL)) {
        text = PyUnicode_FromString("is a generator: values that it delivered before "
                                    "the failure come again");
    } else if (delivered > 0) {
        text = PyUnicode_FromFormat(
            "is a generator: the %zd value%s that it has delivered %s not delivered "
            "again%s",
            delivered, delivered == 1 ? "" : "s", delivered == 1 ? "is" : "are",
            crash->takes_values ? "; what was sent in for them is None in the new run"
                                : "");
    }
    PyErr_Clear();
    return text;
}

PyObject *hr_restart_frames(struct hr_state *state)
{
    PyObject *frames = PyList_New(0);

    for (struct hr_loop *loop = state->running; frames != NULL && loop != NULL;
         loop = loop->next) {
        if (PyList_Append(frames, (PyObject *)loop->frame) < 0) {
            Py_CLEAR(frames);
        }
    }
    return frames;
}

PyObject *hr_restart_call(struct hr_crash *crash)
{
    PyObject *positional;
    PyObject *keywords;
    PyObject *result;

    if (crash->positional != NULL) {
        return PyObject_Call(crash->function, crash->positional, crash->keywords);
    }
    if (hr_arguments_fit(crash->function, crash->code, crash->arguments, &positional,
                         &keywords) < 0) {
        return NULL;
    }
    result = PyObject_Call(crash->function, positional, keywords);
    Py_DECREF(positional);
    Py_DECREF(keywords);
    return result;
}

/*
 * Lets go of what the failed frame holds: it stays on the stack, below the new
 * version, for as long as that runs.  None is put in the place of each local; a
 * variable that closures share keeps its cell's content.
 */
static void release_locals(PyFrameObject *frame, PyCodeObject *code)
{
    PyObject *names = PyCode_GetVarnames(code);
    PyObject *cells = PyCode_GetCellvars(code);
    PyObject *locals = PyFrame_GetLocals(frame);

    for (Py_ssize_t i = 0; names != NULL && cells != NULL && locals != NULL &&
                           i < PyTuple_GET_SIZE(names);
         i++) {
        PyObject *name = PyTuple_GET_ITEM(names, i);

        if (PySequence_Contains(cells, name) == 0 &&
            PyObject_SetItem(locals, name, Py_None) < 0) {
            PyErr_Clear();
        }
    }
    if (locals != NULL && PyDict_Check(locals)) {
        PyFrame_LocalsToFast(frame, 0);
        PyDict_Clear(locals);
    }
    PyErr_Clear();
    Py_XDECREF(names);
    Py_XDECREF(cells);
    Py_XDECREF(locals);
}

static PyObject *run(struct hr_state *state, struct hr_crash *crash,
                     PyFrameObject *frame)
{
    struct hr_loop loop = {.frame = frame, .function = crash->function, .crash = crash};
    PyObject *result = NULL;

    hr_loop_enter(state, &loop);
    do {
        PyErr_Clear();
        loop.again = false;
        result = hr_restart_call(crash);
    } while (result == NULL && loop.again);
    hr_loop_leave(state, &loop);
    hr_crash_free(crash);
    return result;
}

PyObject *hr_restart(struct hr_state *state, struct hr_crash *crash)
{
    PyFrameObject *frame = (PyFrameObject *)Py_NewRef(crash->frame);
    int kind =
        crash->code->co_flags & (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR);
    PyObject *result;

    state->has_restarted = true;
    put_back(state, crash);
    hr_crash_forget(crash);
    /* A generator has its own place for it, above that of whoever resumes it. */
    PyErr_SetHandledException(kind == 0 ? crash->handled : NULL);
    Py_CLEAR(crash->handled);
    release_locals(frame, crash->code);
    if (crash->raises != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(crash->raises), crash->raises);
        hr_crash_free(crash);
        result = NULL;
    } else if (kind == 0 && crash->value != NULL) {
        result = Py_NewRef(crash->value);
        hr_crash_free(crash);
    } else if (kind == 0) {
        result = run(state, crash, frame);
    } else {
        result = hr_restart_iter_new(state, crash);
    }
    Py_DECREF(frame);
    return result;
}
