#include "runtime/cycle/delivered.h"

#include <frameobject.h>
#include <string.h>

#include "runtime/cycle/counts.h"
#include "runtime/cycle/traceback.h"

/* ---- what it was dealing with ---- */

struct place { /* what is looked for, and where in it that was */
    PyFrameObject *frame;
    Py_ssize_t at;
};

static bool is_of_frame(const PyTracebackObject *entry, void *data)
{
    struct place *place = data;
    bool found = entry->tb_frame == place->frame;

    if (found) {
        place->at = entry->tb_lasti / 2;
    }
    return found;
}

/* The exception that the frame was handling when it failed, and where in the frame that
 * had come up: new reference, or NULL. */
static PyObject *handled_in(const struct hr_crash *crash, Py_ssize_t *at)
{
    struct place place = {crash->frame, HR_NOWHERE};
    PyObject *handled =
        crash->exception == NULL
            ? NULL
            : hr_traceback_context(crash->exception, is_of_frame, &place);

    *at = place.at;
    return handled;
}

/* An exception that is thrown in comes up at the yield, or at the RESUME behind it. */
static bool is_at_yield(const struct hr_flow *flow, Py_ssize_t at)
{
    return at > 0 && at < flow->size &&
           (flow->units[at].delivers || flow->units[at - 1].delivers);
}

/* A generator that is closed delivers nothing more: what it would have delivered before
 * matters no longer, as long as it gets to a yield. */
static bool find_closed(struct hr_crash *crash, const struct hr_flow *flow,
                        PyObject *handled, Py_ssize_t at)
{
    if (!PyErr_GivenExceptionMatches(handled, PyExc_GeneratorExit) ||
        !is_at_yield(flow, at) || !flow->units[at].reached) {
        return false;
    }
    if (crash->count == NULL) {
        crash->delivered = flow->units[at].fewest + flow->units[at].delivers;
    }
    crash->thrown = Py_NewRef(handled);
    return true;
}

/* What was thrown in is being handled still where its clause has failed too, and what
 * failed now came up as that was handled: the chain of contexts leads back to it, as
 * long as nothing was delivered in between.  `handled` had come up at `at`. */
static void find_thrown(struct hr_crash *crash, struct hr_flow *flow, PyObject *handled,
                        Py_ssize_t at, Py_ssize_t failed)
{
    PyObject *error = Py_NewRef(handled);
    Py_ssize_t target = failed;

    for (int i = 0; i < HR_LONGEST_CHAIN && error != NULL; i++) {
        struct place place = {crash->frame, HR_NOWHERE};

        if (at < 0 || at >= flow->size) {
            break;
        }
        hr_flow_run(flow, flow->units[at].handler, 0);
        if (hr_flow_count(flow, target) != 0) {
            break;
        }
        if (is_at_yield(flow, at)) {
            crash->thrown = Py_NewRef(error);
            break;
        }
        target = at;
        Py_SETREF(error, hr_traceback_context(error, is_of_frame, &place));
        at = hr_flow_begin(flow, place.at);
    }
    Py_XDECREF(error);
}

static void find(struct hr_crash *crash, struct hr_flow *flow, Py_ssize_t failed)
{
    Py_ssize_t at = HR_NOWHERE;
    PyObject *handled = handled_in(crash, &at);
    Py_ssize_t before;

    at = hr_flow_begin(flow, at);
    hr_flow_run(flow, 0, 0);
    if (crash->count == NULL) {
        crash->delivered = hr_flow_count(flow, failed);
    }
    if (handled == NULL || find_closed(crash, flow, handled, at)) {
        Py_XDECREF(handled);
        return;
    }
    before = crash->count != NULL ? HR_DELIVERED_UNKNOWN : hr_flow_count(flow, at);
    if (before != HR_DELIVERED_UNKNOWN) {
        before += flow->units[at].delivers;
        hr_flow_run(flow, flow->units[at].handler, before);
        crash->delivered = hr_flow_count(flow, failed);
    }
    find_thrown(crash, flow, handled, at, failed);
    Py_DECREF(handled);
}

static bool uses_value(const struct hr_flow *flow, Py_ssize_t i)
{
    Py_ssize_t next = flow->units[i].takes ? flow->units[i + 1].next : HR_NOWHERE;

    return next != HR_NOWHERE && !flow->units[next].drops;
}

/* Whether a yield from which a way leads to the failure is used for what it gives. */
static bool takes_values(struct hr_flow *flow, Py_ssize_t failed)
{
    for (Py_ssize_t i = 0; i + 1 < flow->size && failed >= 0; i++) {
        if (!uses_value(flow, i)) {
            continue;
        }
        hr_flow_run(flow, flow->units[i + 1].next, 0);
        if (flow->units[failed].reached) {
            return true;
        }
    }
    return false;
}

/* Whether what was sent in was for a generator that it delegated to. */
static bool passed_values(PyObject *count)
{
    PyObject *codes = hr_count_passed(count);
    bool took = hr_count_has_sent(count);

    for (Py_ssize_t i = 0; codes != NULL && !took && i < PyList_GET_SIZE(codes); i++) {
        struct hr_flow flow = {0};

        if (hr_flow_read(&flow, (PyCodeObject *)PyList_GET_ITEM(codes, i))) {
            for (Py_ssize_t j = 0; j + 1 < flow.size; j++) {
                took = took || uses_value(&flow, j);
            }
        }
        hr_flow_finish(&flow);
    }
    Py_XDECREF(codes);
    return took;
}

/* The instruction that failed, or where a caller of it stands. */
Py_ssize_t hr_delivered_place(const struct hr_crash *crash)
{
    const PyTracebackObject *entry = (const PyTracebackObject *)crash->traceback;

    return (entry != NULL && entry->tb_frame == crash->frame
                ? entry->tb_lasti
                : PyFrame_GetLasti(crash->frame)) /
           2;
}

void hr_delivered_find(struct hr_crash *crash, struct hr_flow *flow)
{
    bool suspends = (crash->code->co_flags & (CO_GENERATOR | CO_ASYNC_GENERATOR)) != 0;
    Py_ssize_t place;

    if (!suspends) {
        return;
    }
    place = hr_delivered_place(crash);
    crash->delivered =
        crash->count != NULL ? hr_count_values(crash->count) : HR_DELIVERED_UNKNOWN;
    if (hr_flow_read(flow, crash->code)) {
        Py_ssize_t failed = hr_flow_begin(flow, place);

        find(crash, flow, failed);
        crash->takes_values = takes_values(flow, failed);
    }
    if (crash->count != NULL && !crash->takes_values) {
        crash->takes_values = passed_values(crash->count);
    }
}

bool hr_delivered_is_used_up(PyObject *name, PyObject *value)
{
    return PyIter_Check(value) && PyUnicode_CompareWithASCIIString(name, "self") != 0;
}

PyObject *hr_delivered_source(const struct hr_crash *crash)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;

    while (PyDict_Next(crash->arguments, &position, &name, &value)) {
        if (hr_delivered_is_used_up(name, value)) {
            return name;
        }
    }
    return NULL;
}
