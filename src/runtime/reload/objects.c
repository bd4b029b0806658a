#include "runtime/reload/objects.h"

#include "runtime/compat.h"
#include "runtime/imports.h"
#include "runtime/reload/frozen.h"

PyObject *hr_objects_list(struct hr_array *found)
{
    PyObject *list = NULL;

    if (found->failed) {
        PyErr_NoMemory();
    } else {
        list = PyList_New(0);
    }
    for (size_t i = 0; i < found->count; i++) {
        PyObject *object = *(PyObject **)hr_array_at(found, i);

        if (list != NULL && PyList_Append(list, object) < 0) {
            Py_CLEAR(list);
        }
        Py_DECREF(object);
    }
    hr_array_finish(found);
    return list;
}

#if HR_COMPAT_GC_VISIT

struct search {
    hr_objects_wanted *wanted;
    void *context;
    struct hr_array found; /* of PyObject *, owned */
};

static int visit(PyObject *object, void *context)
{
    struct search *search = context;

    if (search->wanted(object, search->context)) {
        PyObject **slot = hr_array_push(&search->found);

        if (slot == NULL) {
            return 0;
        }
        *slot = Py_NewRef(object);
    }
    return 1;
}

/* No object may be made while the collector's lists are walked. */
static PyObject *find(hr_objects_wanted *wanted, void *context)
{
    struct search search = {.wanted = wanted, .context = context};

    hr_array_init(&search.found, sizeof(PyObject *));
    PyUnstable_GC_VisitObjects(visit, &search);
    return hr_objects_list(&search.found);
}

#else

static PyObject *find(hr_objects_wanted *wanted, void *context)
{
    PyObject *gc = hr_import("gc");
    PyObject *objects =
        gc == NULL ? NULL : PyObject_CallMethod(gc, "get_objects", NULL);
    PyObject *list = objects != NULL && PyList_Check(objects) ? PyList_New(0) : NULL;

    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(objects); i++) {
        PyObject *object = PyList_GET_ITEM(objects, i);

        if (wanted(object, context) && PyList_Append(list, object) < 0) {
            Py_CLEAR(list);
        }
    }
    Py_XDECREF(objects);
    Py_XDECREF(gc);
    return list;
}

#endif

static bool is_any(PyObject *object, void *context)
{
    (void)context;
    return PyObject_IS_GC(object);
}

PyObject *hr_objects_find(struct hr_state *state, hr_objects_wanted *wanted,
                          void *context)
{
    PyObject *tracked;
    PyObject *list;

    state->searches++;
    if (!hr_frozen_any()) {
        return find(wanted, context);
    }
    tracked = find(is_any, NULL);
    list = tracked == NULL ? NULL : hr_frozen_find(tracked, wanted, context);
    Py_XDECREF(tracked);
    return list;
}
