#include "runtime/restart_iter.h"

#include "runtime/compat.h"

enum mode {
    MODE_GENERATOR,
    MODE_COROUTINE,
    MODE_ASYNC_GENERATOR, /* hands out an ANEXT for each value */
    MODE_ANEXT,
};

struct driver {
    PyObject_HEAD struct hr_state *state;
    struct hr_crash *crash; /* NULL for ANEXT */
    struct driver *parent;  /* of ANEXT */
    PyObject *inner;        /* what is driven; NULL: not begun, or finished */
    Py_ssize_t delivered;   /* values handed on; a new try does not repeat them */
    Py_ssize_t skip;        /* how many of them are still to be dropped */
    enum mode mode;
    bool finished;
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
    return (PyObject *)driver;
}

static int driver_clear(PyObject *self)
{
    struct driver *driver = (struct driver *)self;
    struct hr_crash *crash = driver->crash;

    driver->crash = NULL;
    Py_CLEAR(driver->inner);
    Py_CLEAR(driver->parent);
    hr_crash_free(crash);
    return 0;
}

static int driver_traverse(PyObject *self, visitproc visit, void *arg)
{
    struct driver *driver = (struct driver *)self;

    Py_VISIT(Py_TYPE(self));
    Py_VISIT(driver->inner);
    Py_VISIT(driver->parent);
    if (driver->crash != NULL) {
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
    driver->skip = driver->delivered;
    return inner == NULL ? -1 : 0;
}

/* The awaitable of the next value of an asynchronous generator. */
static int begin_anext(struct driver *driver)
{
    struct driver *parent = driver->parent;
    PyObject *generator = parent->inner;

    if (generator == NULL) {
        if (begin(parent) < 0) {
            return -1;
        }
        generator = parent->inner;
    }
    Py_XSETREF(driver->inner, Py_TYPE(generator)->tp_as_async->am_anext(generator));
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
    return driver->mode == MODE_ANEXT ? begin_anext(driver) : begin(driver);
}

/* What the person gave in place of the call's result ends it at once. */
static PySendResult end_with(struct driver *driver, PyObject *value, PyObject **result)
{
    driver->finished = true;
    if (driver->mode == MODE_ANEXT) {
        *result = NULL;
        PyErr_SetNone(PyExc_StopAsyncIteration);
        return PYGEN_ERROR;
    }
    *result = Py_NewRef(value);
    return PYGEN_RETURN;
}

/* A failed version is dropped; the next drive begins the new one. */
static void start_over(struct driver *driver)
{
    PyErr_Clear();
    Py_CLEAR(driver->inner);
    if (driver->mode == MODE_ANEXT) {
        Py_CLEAR(driver->parent->inner);
    }
}

/* Whether a value that came out was delivered before. */
static bool is_repeated(struct driver *driver, PySendResult status)
{
    struct driver *counter = driver->mode == MODE_ANEXT ? driver->parent : driver;
    bool is_value = driver->mode == MODE_GENERATOR
                        ? status == PYGEN_NEXT
                        : driver->mode == MODE_ANEXT && status == PYGEN_RETURN;

    if (!is_value) {
        return false;
    }
    if (counter->skip > 0) {
        counter->skip--;
        return true;
    }
    counter->delivered++;
    return false;
}

static PySendResult step(struct driver *driver, bool is_throw, PyObject *argument,
                         PyObject **result)
{
    struct hr_crash *crash =
        driver->mode == MODE_ANEXT ? driver->parent->crash : driver->crash;
    struct hr_loop loop = {
        .frame = PyEval_GetFrame(), .function = crash->function, .crash = crash};
    PySendResult status;

    if (crash->value != NULL && !driver->finished) {
        return end_with(driver, crash->value, result);
    }
    for (;;) {
        if (ensure_begun(driver) < 0) {
            *result = NULL;
            return PYGEN_ERROR;
        }
        hr_loop_enter(driver->state, &loop);
        status = drive(driver->inner, is_throw, argument, result);
        hr_loop_leave(driver->state, &loop);
        if (status == PYGEN_ERROR && loop.again) {
            start_over(driver);
        } else if (is_repeated(driver, status)) {
            Py_CLEAR(*result);
            if (driver->mode == MODE_ANEXT) {
                Py_CLEAR(driver->inner);
            }
        } else {
            break;
        }
        is_throw = false;
        argument = Py_None;
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

static PyObject *driver_anext(PyObject *self)
{
    struct driver *parent = (struct driver *)self;
    struct driver *driver;

    if (parent->mode != MODE_ASYNC_GENERATOR) {
        PyErr_SetString(PyExc_TypeError, "not an asynchronous iterator");
        return NULL;
    }
    driver = driver_new(parent->state, MODE_ANEXT);
    if (driver != NULL) {
        driver->parent = (struct driver *)Py_NewRef(self);
    }
    return (PyObject *)driver;
}

static PyMethodDef driver_methods[] = {
    {"send", driver_send, METH_O, NULL},
    {"throw", driver_throw, METH_VARARGS, NULL},
    {"close", driver_close, METH_NOARGS, NULL},
    {NULL},
};

static PyType_Slot driver_slots[] = {
    {Py_tp_dealloc, driver_dealloc},
    {Py_tp_traverse, driver_traverse},
    {Py_tp_clear, driver_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, driver_next},
    {Py_tp_methods, driver_methods},
    {Py_am_await, PyObject_SelfIter},
    {Py_am_aiter, PyObject_SelfIter},
    {Py_am_anext, driver_anext},
    {Py_am_send, driver_send_slot},
    {0, NULL},
};

PyType_Spec hr_restart_iter_spec = {
    .name = "hot_restart.restart",
    .basicsize = sizeof(struct driver),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = driver_slots,
};
