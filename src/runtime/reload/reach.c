#include "runtime/reload/reach.h"

#include "runtime/compat.h"

/* So many objects on the way are looked at, the nearest first. */
#define MOST_OBJECTS 200

struct walk {
    PyObject *objects[MOST_OBJECTS]; /* borrowed: nothing runs meanwhile */
    size_t count;
    PyObject *function;
    bool others;     /* one that its def has made for another call ends it as well */
    PyObject *found; /* borrowed */
};

static bool is_of_the_def(PyObject *object, PyObject *function)
{
    PyCodeObject *code, *meant;

    if (object == function || !PyFunction_Check(object)) {
        return object == function;
    }
    code = (PyCodeObject *)PyFunction_GET_CODE(object);
    meant = (PyCodeObject *)PyFunction_GET_CODE(function);
    return code == meant ||
           (PyUnicode_Compare(code->co_qualname, meant->co_qualname) == 0 &&
            PyUnicode_Compare(code->co_filename, meant->co_filename) == 0);
}

/* What leads everywhere, or to what runs. */
static bool leads_astray(PyObject *object)
{
    return !PyObject_IS_GC(object) || PyModule_Check(object) || PyFrame_Check(object) ||
           PyCode_Check(object) || PyTraceBack_Check(object) ||
           PyGen_CheckExact(object) || PyCoro_CheckExact(object) ||
           PyAsyncGen_CheckExact(object);
}

static int add(PyObject *object, void *context)
{
    struct walk *walk = context;

    if (object == NULL || walk->found != NULL) {
        return 0;
    }
    if (walk->others ? is_of_the_def(object, walk->function)
                     : object == walk->function) {
        walk->found = object;
        return 0;
    }
    if (walk->count == MOST_OBJECTS || leads_astray(object) ||
        object == PyFunction_GET_GLOBALS(walk->function)) {
        return 0;
    }
    for (size_t i = 0; i < walk->count; i++) {
        if (walk->objects[i] == object) {
            return 0;
        }
    }
    walk->objects[walk->count++] = object;
    return 0;
}

/* Not an instance's class: that of every one leads to all that the class has. */
static int add_below(PyObject *object, void *context)
{
    return PyType_Check(object) ? 0 : add(object, context);
}

static void look_into(struct walk *walk, PyObject *object)
{
    if (PyType_Check(object)) {
        PyObject *dict = hr_compat_type_dict((PyTypeObject *)object);

        add(dict, walk);
        Py_XDECREF(dict); /* the class has it */
    } else if (PyFunction_Check(object)) {
        add(PyFunction_GET_CLOSURE(object), walk);
        add(((PyFunctionObject *)object)->func_dict, walk);
        add(PyFunction_GET_DEFAULTS(object), walk);
        add(PyFunction_GET_KW_DEFAULTS(object), walk);
    } else if (Py_TYPE(object)->tp_traverse != NULL) {
        Py_TYPE(object)->tp_traverse(object, add_below, walk);
    }
}

static PyObject *search(PyObject *object, PyObject *function, bool others)
{
    struct walk walk = {.function = function, .others = others};

    add(object, &walk);
    for (size_t i = 0; i < walk.count && walk.found == NULL; i++) {
        look_into(&walk, walk.objects[i]);
    }
    return walk.found;
}

PyObject *hr_reach_first(PyObject *object, PyObject *function)
{
    return search(object, function, true);
}

bool hr_reach_leads_to(PyObject *object, PyObject *function)
{
    return search(object, function, false) == function;
}
