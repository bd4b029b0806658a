#include "runtime/cycle/hooks.h"

#include <structmember.h>

#include "rewrite/guard.h"
#include "runtime/compat.h"
#include "runtime/cycle/counts.h"
#include "runtime/cycle/cycle.h"
#include "runtime/decide/verdict.h"
#include "runtime/decide/places.h"
#include "runtime/cycle/reading.h"
#include "runtime/cycle/restart_iter.h"
#include "runtime/settings.h"

/* Among the builtins. */
#define KEEPER "__hr_keeper__"

struct hook {
    PyObject_HEAD vectorcallfunc vectorcall;
    struct hr_state *state;
};

/* Whether the exception is taken: the call is going to end in another way. */
static bool takes(struct hr_state *state, PyObject *exception)
{
    _PyErr_StackItem *item;
    PyObject *handled;
    bool taken;

    if (hr_compat_is_finalizing()) {
        return false; /* at the end nobody can be asked any more */
    }
    hr_settings_read_stop(state);
    if (state->stop == HR_STOP_NEVER) {
        return false;
    }
    /* As in a clause, for whoever asks which one is handled. */
    item = PyThreadState_Get()->exc_info;
    handled = item->exc_value;
    item->exc_value = Py_NewRef(exception);
    taken = hr_cycle_crashed(state, exception);
    Py_XSETREF(item->exc_value, handled);
    return taken;
}

/* What the clause asks.  First what is asked most often: whether a guard further down
 * has found out already that a caller handles it. */
static bool is_taken(struct hr_state *state, PyObject *exception)
{
    if (state->stop == HR_STOP_UNHANDLED && state->decided == NULL &&
        hr_verdict_holds(&state->verdict, exception)) {
        return false;
    }
    if (state->stop == HR_STOP_NEVER) {
        hr_settings_read_stop(state); /* it may be told otherwise since */
    }
    return state->stop != HR_STOP_NEVER && takes(state, exception);
}

/* except __hr_crashed__(): */
static PyObject *crashed(PyObject *self, PyObject *const *arguments, size_t count,
                         PyObject *keywords)
{
    PyObject *exception = PyErr_GetHandledException();
    bool taken = exception != NULL && is_taken(((struct hook *)self)->state, exception);

    Py_XDECREF(exception);
    return taken ? Py_NewRef(PyExc_BaseException) : PyTuple_New(0);
}

/* The same clause made shorter: see guard/clause.h. */
static int crashed_shorter(PyObject *self, PyObject *exception)
{
    return is_taken(((struct hook *)self)->state, exception);
}

static PyObject *restarted(PyObject *self, PyObject *const *arguments, size_t count,
                           PyObject *keywords)
{
    return hr_cycle_restart(((struct hook *)self)->state);
}

static void hook_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    type->tp_free(self);
    Py_DECREF(type);
}

PyObject *hr_hooks_copy(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return Py_NewRef(self);
}

PyObject *hr_hooks_reduce(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(ignored))
{
    return Py_BuildValue("O()", &PyTuple_Type);
}

static PyMethodDef hook_methods[] = {HR_HOOKS_METHODS, {NULL, NULL, 0, NULL}};

static PyMemberDef hook_members[] = {
    {"__vectorcalloffset__", T_PYSSIZET, offsetof(struct hook, vectorcall), READONLY,
     NULL},
    {NULL},
};

static PyType_Slot crashed_slots[] = {
    {Py_sq_contains, crashed_shorter}, {Py_tp_dealloc, hook_dealloc},
    {Py_tp_call, PyVectorcall_Call},   {Py_tp_members, hook_members},
    {Py_tp_methods, hook_methods},     {0, NULL},
};

static PyType_Slot restarted_slots[] = {
    {Py_tp_dealloc, hook_dealloc},
    {Py_tp_call, PyVectorcall_Call},
    {Py_tp_members, hook_members},
    {Py_tp_methods, hook_methods},
    {0, NULL},
};

static PyType_Spec crashed_spec = {
    .name = "hot_restart.crashed",
    .basicsize = sizeof(struct hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = crashed_slots,
};

static PyType_Spec restarted_spec = {
    .name = "hot_restart.restarted",
    .basicsize = sizeof(struct hook),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = restarted_slots,
};

static PyObject *hook_new(PyTypeObject *type, struct hr_state *state,
                          vectorcallfunc call)
{
    struct hook *hook = PyObject_New(struct hook, type);

    if (hook != NULL) {
        hook->vectorcall = call;
        hook->state = state;
    }
    return (PyObject *)hook;
}

/*
 * The end of the interpreter puts the builtins back to those that it began with, and
 * runs what is left of the program (generators that are closed, __del__) with them.  An
 * object that nothing but the builtins holds goes right after that: it puts the guard's
 * names in again.
 */
struct keeper {
    PyObject_HEAD PyObject *crashed;
    PyObject *restarted;
    PyObject *counts;
};

static void keeper_dealloc(PyObject *self)
{
    struct keeper *keeper = (struct keeper *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject *names = PyEval_GetBuiltins(); /* borrowed */
    PyObject *pending = hr_compat_take_exception();

    if (names == NULL ||
        PyDict_SetItemString(names, HR_GUARD_CRASHED, keeper->crashed) < 0 ||
        PyDict_SetItemString(names, HR_GUARD_RESTARTED, keeper->restarted) < 0 ||
        PyDict_SetItemString(names, HR_GUARD_COUNTS, keeper->counts) < 0) {
        PyErr_Clear();
    }
    hr_compat_put_exception(pending);
    Py_DECREF(keeper->crashed);
    Py_DECREF(keeper->restarted);
    Py_DECREF(keeper->counts);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot keeper_slots[] = {
    {Py_tp_dealloc, keeper_dealloc},
    {Py_tp_methods, hook_methods},
    {0, NULL},
};

static PyType_Spec keeper_spec = {
    .name = "hot_restart.keeper",
    .basicsize = sizeof(struct keeper),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = keeper_slots,
};

static PyTypeObject *make_type(PyObject *module, PyType_Spec *spec)
{
    return (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
}

/* 0, or -1 with an exception. */
static int keep_names(PyObject *module, struct hr_state *state, PyObject *names)
{
    PyTypeObject *type = make_type(module, &keeper_spec);
    struct keeper *keeper = type == NULL ? NULL : PyObject_New(struct keeper, type);
    int status = -1;

    if (keeper != NULL) {
        keeper->crashed = Py_NewRef(state->crashed);
        keeper->restarted = Py_NewRef(state->restarted);
        keeper->counts = Py_NewRef(state->counts);
        status = PyDict_SetItemString(names, KEEPER, (PyObject *)keeper);
        Py_DECREF(keeper);
    }
    Py_XDECREF(type);
    return status;
}

int hr_hooks_init(PyObject *module, struct hr_state *state)
{
    PyObject *names = PyEval_GetBuiltins(); /* borrowed */

    if (state->crashed != NULL) {
        return 0;
    }
    if ((state->crashed_type = make_type(module, &crashed_spec)) == NULL ||
        (state->restarted_type = make_type(module, &restarted_spec)) == NULL ||
        (state->restart_iter_type = make_type(module, &hr_restart_iter_spec)) == NULL ||
        (state->reading_type = make_type(module, &hr_reading_spec)) == NULL) {
        return -1;
    }
    state->crashed = hook_new(state->crashed_type, state, crashed);
    state->restarted = hook_new(state->restarted_type, state, restarted);
    if (state->crashed == NULL || state->restarted == NULL ||
        PyDict_SetItemString(names, HR_GUARD_CRASHED, state->crashed) < 0 ||
        PyDict_SetItemString(names, HR_GUARD_RESTARTED, state->restarted) < 0 ||
        hr_counts_init(module, state) < 0) {
        return -1;
    }
    return keep_names(module, state, names);
}

void hr_hooks_remove(struct hr_state *state)
{
    Py_CLEAR(state->crashed);
    Py_CLEAR(state->restarted);
    Py_CLEAR(state->counts);
    Py_CLEAR(state->crashed_type);
    Py_CLEAR(state->restarted_type);
    Py_CLEAR(state->restart_iter_type);
    Py_CLEAR(state->reading_type);
    Py_CLEAR(state->counts_type);
    Py_CLEAR(state->count_type);
    Py_CLEAR(state->over_type);
}
