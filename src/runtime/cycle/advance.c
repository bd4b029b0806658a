#include "runtime/cycle/advance.h"

#include "runtime/cycle/traceback.h"

/* What was decided before about the frame holds no more. */
static void drop(struct hr_state *state, PyFrameObject *frame)
{
    for (struct hr_crash **link = &state->decided; *link != NULL;
         link = &(*link)->next) {
        struct hr_crash *crash = *link;
        if (crash->frame == frame) {
            *link = crash->next;
            hr_crash_free(crash);
            return;
        }
    }
}

void hr_advance_keep(struct hr_state *state, struct hr_crash *crash, bool taken)
{
    drop(state, crash->frame);
    hr_crash_settle(crash);
    crash->let_go = !taken;
    crash->thread = PyThread_get_thread_ident();
    crash->next = state->decided;
    state->decided = crash;
}

/* A `finally` on the way may have put its own failure in the place of ours. */
static bool comes_from(PyObject *exception, PyObject *unwinding)
{
    PyObject *at = Py_NewRef(exception);
    bool found = false;

    for (int i = 0; at != NULL && i < HR_LONGEST_CHAIN && !found; i++) {
        found = at == unwinding;
        Py_SETREF(at, PyException_GetContext(at));
    }
    Py_XDECREF(at);
    return found;
}

struct hr_crash *hr_advance_take(struct hr_state *state, PyFrameObject *frame,
                                 PyObject *exception)
{
    for (struct hr_crash **link = &state->decided; *link != NULL;
         link = &(*link)->next) {
        struct hr_crash *crash = *link;
        if (crash->frame == frame) {
            *link = crash->next;
            crash->next = NULL;
            if (crash->unwinding != NULL && !comes_from(exception, crash->unwinding)) {
                hr_crash_free(crash);
                crash = NULL;
            }
            return crash;
        }
    }
    return NULL;
}

static bool is_on_stack(PyFrameObject *frame, PyFrameObject *top)
{
    PyFrameObject *at = (PyFrameObject *)Py_NewRef((PyObject *)top);
    bool is = false;
    while (at != NULL && !is) {
        is = at == frame;
        Py_SETREF(at, PyFrame_GetBack(at));
    }
    Py_XDECREF(at);
    return is;
}

void hr_advance_forget(struct hr_state *state, PyFrameObject *top)
{
    unsigned long thread = PyThread_get_thread_ident();
    struct hr_crash **link = &state->decided;
    while (*link != NULL) {
        struct hr_crash *crash = *link;
        if (crash->thread == thread && !is_on_stack(crash->frame, top)) {
            *link = crash->next;
            hr_crash_free(crash);
            link = &state->decided; /* a destructor may have changed the list */
        } else {
            link = &crash->next;
        }
    }
}
