#include "runtime/cycle/restart_iter.h"

#include "rewrite/guard.h"
#include "runtime/compat.h"
#include "runtime/cycle/counts.h"
#include "runtime/cycle/delivered.h"

enum mode {
    MODE_GENERATOR,
    MODE_COROUTINE,
    MODE_ASYNC_GENERATOR, /* to be awaited for each value: True, or False at the end */
    MODE_NEXT_VALUE,      /* what waits for one */
};

struct driver {
    PyObject_HEAD struct hr_state *state;
    struct hr_crash *crash; /* its `delivered` counts on; NULL for NEXT_VALUE */
    struct driver *parent;  /* of NEXT_VALUE */
    PyObject *inner;        /* what is driven; NULL: not begun, or finished */
    Py_ssize_t skip;        /* how many delivered values are still to be dropped */
    enum mode mode;
    bool finished;
    bool begun;       /* it was driven since it began: the next value is asked for */
    PyObject *value;  /* of an asynchronous generator: what is to be yielded, */
    PyObject *sent;   /* ... what that yield was sent, */
    PyObject *thrown; /* ... and what was thrown in there */
};

static struct driver *driver_new(struct hr_state *state, enum mode mode)
{
    PyTypeObject *type = state->restart_iter_type;
    struct driver *driver = (struct driver *)type->tp_alloc(type, 0);

    if (driver != NULL) {
        driver->state = state;
        driver->mode = mode;
    }
    return driver;
}

PyObject *hr_restart_iter_new(struct hr_state *state, struct hr_crash *crash)
{
    int flags = crash->code->co_flags;
    struct driver *driver =
        driver_new(state, flags & CO_GENERATOR   ? MODE_GENERATOR
                          : flags & CO_COROUTINE ? MODE_COROUTINE
                                                 : MODE_ASYNC_GENERATOR);

    if (driver == NULL) {
        hr_crash_free(crash);
        return NULL;
    }
    driver->crash = crash;
    if (driver->mode == MODE_ASYNC_GENERATOR) {
        driver->thrown = crash->thrown;
        crash->thrown = NULL;
    }
    return (PyObject *)driver;
}

static int driver_clear(PyObject *self)
{
    struct driver *driver = (struct driver *)self;
    struct hr_crash *crash = driver->crash;

    driver->crash = NULL;
    Py_CLEAR(driver->inner);
    Py_CLEAR(driver->parent);
    Py_CLEAR(driver->value);
    Py_CLEAR(driver->sent);
    Py_CLEAR(driver->thrown);
    hr_crash_free(crash);
    return 0;
}

static int driver_traverse(PyObject *self, visitproc visit, void *arg)
{
    struct driver *driver = (struct driver *)self;

    Py_VISIT(Py_TYPE(self));
    Py_VISIT(driver->inner);
    Py_VISIT(driver->parent);
    Py_VISIT(driver->value);
    Py_VISIT(driver->sent);
    Py_VISIT(driver->thrown);
    if (driver->crash != NULL) {
        Py_VISIT(driver->crash->thrown);
        Py_VISIT(driver->crash->function);
        Py_VISIT(driver->crash->arguments);
    }
    return 0;
}

static void driver_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    driver_clear(self);
    type->tp_free(self);
    Py_DECREF(type);
}

/* The iterator of an awaitable, as `await` finds it. */
static PyObject *await_iterator(PyObject *object)
{
    PyTypeObject *type = Py_TYPE(object);

    if (PyCoro_CheckExact(object)) {
        return Py_NewRef(object);
    }
    if (type->tp_as_async == NULL || type->tp_as_async->am_await == NULL) {
        PyErr_Format(PyExc_TypeError,
                     "the restarted version is no coroutine but '%.200s'",
                     type->tp_name);
        return NULL;
    }
    return type->tp_as_async->am_await(object);
}

/* Given other arguments, it starts with what is new; one that it reads on, with what is
 * left there. */
static Py_ssize_t to_skip(struct hr_crash *crash)
{
    if (crash->delivered == HR_DELIVERED_UNKNOWN || crash->positional != NULL) {
        crash->delivered = 0;
    }
    if (crash->reads == NULL) {
        return crash->delivered;
    }
    return crash->positional != NULL || crash->again == HR_DELIVERED_UNKNOWN
               ? 0
               : crash->again;
}

/* Calls the new version; what it returned becomes what is driven. */
static int begin(struct driver *driver)
{
    PyObject *made = hr_restart_call(driver->crash);
    PyObject *inner = NULL;

    if (made == NULL) {
        return -1;
    }
    if (driver->mode == MODE_GENERATOR) {
        inner = PyObject_GetIter(made);
    } else if (driver->mode == MODE_COROUTINE) {
        inner = await_iterator(made);
    } else if (PyAsyncGen_CheckExact(made)) {
        inner = Py_NewRef(made);
    } else {
        PyErr_Format(PyExc_TypeError,
                     "the restarted version is no asynchronous generator but '%.200s'",
                     Py_TYPE(made)->tp_name);
    }
    Py_DECREF(made);
    Py_XSETREF(driver->inner, inner);
    driver->begun = false;
    driver->skip = to_skip(driver->crash);
    return inner == NULL ? -1 : 0;
}

/* The awaitable of the next value of an asynchronous generator. */
static int begin_next_value(struct driver *driver)
{
    struct driver *parent = driver->parent;
    PyObject *generator;
    bool replays;

    if (parent->inner == NULL && begin(parent) < 0) {
        return -1;
    }
    generator = parent->inner;
    replays = !parent->begun || parent->skip > 0;
    parent->begun = true;
    if (!replays && parent->thrown != NULL) {
        generator = PyObject_CallMethod(generator, "athrow", "O", parent->thrown);
    } else if (!replays && parent->sent != NULL) {
        generator = PyObject_CallMethod(generator, "asend", "O", parent->sent);
    } else {
        generator = Py_TYPE(generator)->tp_as_async->am_anext(generator);
    }
    Py_XSETREF(driver->inner, generator);
    return driver->inner == NULL ? -1 : 0;
}

/* The value of the StopIteration that is set, which is cleared; false, and nothing
 * happens, if another exception is set. */
static bool take_returned(PyObject **result)
{
    PyObject *stop;

    if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_StopIteration)) {
        return false;
    }
    stop = hr_compat_take_exception();
    *result = stop == NULL ? Py_NewRef(Py_None) : PyObject_GetAttrString(stop, "value");
    Py_XDECREF(stop);
    return *result != NULL;
}

/* Sends `argument` to the inner iterator, or throws it in (a tuple). */
static PySendResult drive(PyObject *inner, bool is_throw, PyObject *argument,
                          PyObject **result)
{
    PyObject *throw;

    if (!is_throw) {
        return PyIter_Send(inner, argument, result);
    }
    throw = PyObject_GetAttrString(inner, "throw");
    *result = throw == NULL ? NULL : PyObject_Call(throw, argument, NULL);
    Py_XDECREF(throw);
    if (*result != NULL) {
        return PYGEN_NEXT;
    }
    return take_returned(result) ? PYGEN_RETURN : PYGEN_ERROR;
}

static int ensure_begun(struct driver *driver)
{
    if (driver->inner != NULL) {
        return 0;
    }
    if (driver->finished) {
        PyErr_SetNone(PyExc_StopIteration);
        return -1;
    }
    return driver->mode == MODE_NEXT_VALUE ? begin_next_value(driver) : begin(driver);
}

/* What the person gave in place of the call's result ends it at once. */
static PySendResult end_with(struct driver *driver, PyObject *value, PyObject **result)
{
    driver->finished = true;
    *result = Py_NewRef(driver->mode == MODE_NEXT_VALUE ? Py_False : value);
    return PYGEN_RETURN;
}

/* A failed version is dropped; the next drive begins the new one. */
static void start_over(struct driver *driver)
{
    PyErr_Clear();
    Py_CLEAR(driver->inner);
    if (driver->mode == MODE_NEXT_VALUE) {
        Py_CLEAR(driver->parent->inner);
    }
}

/* Whether a value that came out was delivered before. */
static bool is_repeated(struct driver *driver, PySendResult status)
{
    struct driver *counter = driver->mode == MODE_NEXT_VALUE ? driver->parent : driver;
    bool is_value = driver->mode == MODE_GENERATOR
                        ? status == PYGEN_NEXT
                        : driver->mode == MODE_NEXT_VALUE && status == PYGEN_RETURN;

    if (!is_value) {
        return false;
    }
    if (counter->skip > 0) {
        counter->skip--;
        return true;
    }
    counter->crash->delivered++;
    hr_count_add(counter->crash->count);
    return false;
}

/* Whether there is a next value, in the place of the value itself. */
static PySendResult tell_of_value(struct driver *driver, PySendResult status,
                                  PyObject **result)
{
    struct driver *parent = driver->parent;

    if (status == PYGEN_NEXT) {
        return status;
    }
    Py_CLEAR(parent->sent);
    Py_CLEAR(parent->thrown);
    if (status == PYGEN_RETURN) {
        Py_XSETREF(parent->value, *result);
        *result = Py_NewRef(Py_True);
    } else if (PyErr_ExceptionMatches(PyExc_StopAsyncIteration)) {
        PyErr_Clear();
        *result = Py_NewRef(Py_False);
        status = PYGEN_RETURN;
    }
    return status;
}

/* Until there is something to hand on.  What a generator was resumed with reaches the
 * new version once that stands where the failed one stood. */
static PySendResult drive_on(struct driver *driver, struct hr_loop *loop, bool is_throw,
                             PyObject *argument, PyObject **result)
{
    PySendResult status;

    for (;;) {
        bool fresh = driver->inner == NULL;

        if (ensure_begun(driver) < 0) {
            *result = NULL;
            return PYGEN_ERROR;
        }
        hr_loop_enter(driver->state, loop);
        if (fresh || driver->skip > 0) {
            status = drive(driver->inner, false, Py_None, result);
        } else {
            status = drive(driver->inner, is_throw, argument, result);
        }
        hr_loop_leave(driver->state, loop);
        if (status == PYGEN_ERROR && loop->again) {
            loop->again = false;
            start_over(driver);
        } else if (is_repeated(driver, status)) {
            Py_CLEAR(*result);
            if (driver->mode == MODE_NEXT_VALUE) {
                Py_CLEAR(driver->inner);
            }
        } else {
            return status;
        }
    }
}

static PySendResult step(struct driver *driver, bool is_throw, PyObject *argument,
                         PyObject **result)
{
    struct hr_crash *crash =
        driver->mode == MODE_NEXT_VALUE ? driver->parent->crash : driver->crash;
    struct hr_loop loop = {
        .frame = PyEval_GetFrame(), .function = crash->function, .crash = crash};
    PyObject *thrown = NULL;
    PySendResult status;

    if (crash->value != NULL && !driver->finished) {
        return end_with(driver, crash->value, result);
    }
    if (driver->mode == MODE_GENERATOR && crash->thrown != NULL) {
        thrown = PyTuple_Pack(1, crash->thrown);
        Py_CLEAR(crash->thrown);
        if (thrown == NULL) {
            *result = NULL;
            return PYGEN_ERROR;
        }
        is_throw = true;
        argument = thrown;
    }
    status = drive_on(driver, &loop, is_throw, argument, result);
    Py_XDECREF(thrown);
    if (driver->mode == MODE_NEXT_VALUE) {
        status = tell_of_value(driver, status, result);
    }
    if (status != PYGEN_NEXT) {
        driver->finished = true;
        Py_CLEAR(driver->inner);
    }
    return status;
}

static PySendResult driver_send_slot(PyObject *self, PyObject *argument,
                                     PyObject **result)
{
    PySendResult status;

    Py_INCREF(self);
    status = step((struct driver *)self, false, argument, result);
    Py_DECREF(self);
    return status;
}

/* As an iterator's methods report: a returned value travels in StopIteration. */
static PyObject *reported(PySendResult status, PyObject *result)
{
    PyObject *stop;

    if (status != PYGEN_RETURN) {
        return result;
    }
    stop = PyObject_CallOneArg(PyExc_StopIteration, result);
    if (stop != NULL) {
        PyErr_SetObject(PyExc_StopIteration, stop);
    }
    Py_XDECREF(stop);
    Py_DECREF(result);
    return NULL;
}

static PyObject *driver_send(PyObject *self, PyObject *argument)
{
    PyObject *result = NULL;
    PySendResult status = driver_send_slot(self, argument, &result);

    return reported(status, result);
}

static PyObject *driver_next(PyObject *self)
{
    return driver_send(self, Py_None);
}

static PyObject *driver_throw(PyObject *self, PyObject *arguments)
{
    PyObject *result = NULL;
    PySendResult status;

    Py_INCREF(self);
    status = step((struct driver *)self, true, arguments, &result);
    result = reported(status, result);
    Py_DECREF(self);
    return result;
}

static PyObject *driver_close(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    struct driver *driver = (struct driver *)self;
    PyObject *inner = driver->inner;
    PyObject *result;

    driver->inner = NULL;
    driver->finished = true;
    if (inner == NULL || !PyObject_HasAttrString(inner, "close")) {
        Py_XDECREF(inner);
        Py_RETURN_NONE;
    }
    result = PyObject_CallMethod(inner, "close", NULL);
    Py_DECREF(inner);
    return result;
}

static PyObject *driver_await(PyObject *self)
{
    struct driver *parent = (struct driver *)self;
    struct driver *driver;

    if (parent->mode != MODE_ASYNC_GENERATOR) {
        return Py_NewRef(self);
    }
    driver = driver_new(parent->state, MODE_NEXT_VALUE);
    if (driver != NULL) {
        driver->parent = (struct driver *)Py_NewRef(self);
    }
    return (PyObject *)driver;
}

/* What came up at the yield of an asynchronous generator is for the new version. */
static PyObject *driver_caught(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    Py_XSETREF(((struct driver *)self)->thrown, PyErr_GetHandledException());
    Py_RETURN_NONE;
}

static PyObject *driver_value(PyObject *self, void *Py_UNUSED(closure))
{
    struct driver *driver = (struct driver *)self;
    PyObject *value = driver->value;

    driver->value = NULL;
    return value != NULL ? value : Py_NewRef(Py_None);
}

static int driver_set_sent(PyObject *self, PyObject *value, void *Py_UNUSED(closure))
{
    Py_XSETREF(((struct driver *)self)->sent,
               value == Py_None ? NULL : Py_XNewRef(value));
    return 0;
}

static PyGetSetDef driver_attributes[] = {
    {HR_GUARD_VALUE, driver_value, NULL, NULL, NULL},
    {HR_GUARD_SENT, NULL, driver_set_sent, NULL, NULL},
    {NULL},
};

static PyMethodDef driver_methods[] = {
    {HR_GUARD_CAUGHT, driver_caught, METH_NOARGS, NULL},
    {"send", driver_send, METH_O, NULL},
    {"throw", driver_throw, METH_VARARGS, NULL},
    {"close", driver_close, METH_NOARGS, NULL},
    {NULL},
};

static PyType_Slot driver_slots[] = {
    {Py_tp_dealloc, driver_dealloc},   {Py_tp_traverse, driver_traverse},
    {Py_tp_clear, driver_clear},       {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, driver_next},     {Py_tp_methods, driver_methods},
    {Py_tp_getset, driver_attributes}, {Py_am_await, driver_await},
    {Py_am_send, driver_send_slot},    {0, NULL},
};

PyType_Spec hr_restart_iter_spec = {
    .name = "hot_restart.restart",
    .basicsize = sizeof(struct driver),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = driver_slots,
};
