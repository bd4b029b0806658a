#include "runtime/advance.h"

void hr_advance_keep(struct hr_state *state, struct hr_crash *crash, bool taken)
{
    Py_CLEAR(crash->exception);
    Py_CLEAR(crash->traceback);
    crash->let_go = !taken;
    crash->thread = PyThread_get_thread_ident();
    crash->next = state->decided;
    state->decided = crash;
}

struct hr_crash *hr_advance_take(struct hr_state *state, PyFrameObject *frame)
{
    for (struct hr_crash **link = &state->decided; *link != NULL;
         link = &(*link)->next) {
        struct hr_crash *crash = *link;
        if (crash->frame == frame) {
            *link = crash->next;
            crash->next = NULL;
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
