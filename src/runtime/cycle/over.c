#include "runtime/cycle/counts.h"

#include <string.h>

/*
 * Stands for an iterator that `yield from` delegates to: has the methods that this has
 * and hands on all attributes, so that the delegation goes as it would without it.
 */
struct over {
    PyObject_HEAD PyObject *iterator;
    struct hr_count *count;
};

PyObject *hr_over_new(PyTypeObject *type, PyObject *iterator, struct hr_count *count)
{
    struct over *over = PyObject_GC_New(struct over, type);

    if (over == NULL) {
        return NULL;
    }
    over->iterator = Py_NewRef(iterator);
    over->count = (struct hr_count *)Py_NewRef((PyObject *)count);
    PyObject_GC_Track(over);
    return (PyObject *)over;
}

static int over_clear(PyObject *self)
{
    Py_CLEAR(((struct over *)self)->iterator);
    Py_CLEAR(((struct over *)self)->count);
    return 0;
}

static int over_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(((struct over *)self)->iterator);
    return 0;
}

static void over_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    over_clear(self);
    PyObject_GC_Del(self);
    Py_DECREF(type);
}

static PyObject *counted(struct over *over, PyObject *value)
{
    over->count->values += value != NULL;
    return value;
}

static PyObject *over_next(PyObject *self)
{
    struct over *over = (struct over *)self;

    return counted(over, Py_TYPE(over->iterator)->tp_iternext(over->iterator));
}

static PySendResult over_am_send(PyObject *self, PyObject *argument, PyObject **result)
{
    struct over *over = (struct over *)self;
    PySendResult status = PyIter_Send(over->iterator, argument, result);

    over->count->values += status == PYGEN_NEXT;
    over->count->sent = over->count->sent || argument != Py_None;
    return status;
}

static PyObject *call(struct over *over, const char *name, PyObject *arguments)
{
    PyObject *method = PyObject_GetAttrString(over->iterator, name);
    PyObject *value = method == NULL ? NULL : PyObject_Call(method, arguments, NULL);

    Py_XDECREF(method);
    return counted(over, value);
}

static PyObject *over_send(PyObject *self, PyObject *arguments)
{
    ((struct over *)self)->count->sent = true;
    return call((struct over *)self, "send", arguments);
}

static PyObject *over_throw(PyObject *self, PyObject *arguments)
{
    return call((struct over *)self, "throw", arguments);
}

/* What the iterator lacks is lacking here; what delivers values is counted. */
static PyObject *over_attribute(PyObject *self, PyObject *name)
{
    PyObject *attribute = PyObject_GetAttr(((struct over *)self)->iterator, name);

    if (attribute != NULL && (PyUnicode_CompareWithASCIIString(name, "send") == 0 ||
                              PyUnicode_CompareWithASCIIString(name, "throw") == 0)) {
        Py_SETREF(attribute, PyObject_GenericGetAttr(self, name));
    }
    return attribute;
}

static PyMethodDef over_methods[] = {
    {"send", over_send, METH_VARARGS, NULL},
    {"throw", over_throw, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot over_slots[] = {
    {Py_tp_dealloc, over_dealloc},
    {Py_tp_traverse, over_traverse},
    {Py_tp_clear, over_clear},
    {Py_tp_iter, PyObject_SelfIter},
    {Py_tp_iternext, over_next},
    {Py_tp_methods, over_methods},
    {Py_am_send, over_am_send},
    {Py_tp_getattro, over_attribute},
    {0, NULL},
};

PyType_Spec hr_over_spec = {
    .name = "hot_restart.over",
    .basicsize = sizeof(struct over),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC |
             Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = over_slots,
};
