#include "runtime/classes/classkind.h"

#include <string.h>

#include "runtime/classes/dataclass.h"
#include "runtime/compat.h"
#include "runtime/imports.h"

/* ---- what it is ---- */

/* A module that is not loaded has made no class. */
static bool is_instance(PyTypeObject *type, const char *module, const char *name)
{
    PyObject *module_name = PyUnicode_FromString(module);
    PyObject *loaded = module_name == NULL ? NULL : PyImport_GetModule(module_name);
    PyObject *kind = loaded == NULL ? NULL : PyObject_GetAttrString(loaded, name);
    bool is = kind != NULL && PyType_Check(kind) &&
              PyObject_TypeCheck((PyObject *)type, (PyTypeObject *)kind);

    PyErr_Clear();
    Py_XDECREF(kind);
    Py_XDECREF(loaded);
    Py_XDECREF(module_name);
    return is;
}

static bool is_enum(PyTypeObject *type)
{
    return is_instance(type, "enum", "EnumType");
}

static bool is_named_tuple(PyTypeObject *type)
{
    return PyType_IsSubtype(type, &PyTuple_Type) && hr_class_has_own(type, "_fields") &&
           hr_class_has_own(type, "_field_defaults");
}

static bool is_protocol(PyTypeObject *type)
{
    PyObject *dict = hr_compat_type_dict(type);
    bool is = dict != NULL && PyDict_GetItemString(dict, "_is_protocol") == Py_True;

    Py_XDECREF(dict);
    return is;
}

/* ---- what cannot be changed ---- */

static size_t member_of(const struct hr_class_side *side, PyObject *name)
{
    for (size_t i = 0; i < side->members.items.count; i++) {
        if (PySequence_Contains(PyList_GET_ITEM(side->binds, (Py_ssize_t)i), name) ==
            1) {
            return i;
        }
    }
    PyErr_Clear();
    return SIZE_MAX;
}

/* The first name of the change that is a key of the class's attribute `table`, or an
 * item of it: borrowed, or NULL. */
static PyObject *touched_in(PyTypeObject *type, const struct hr_class_diff *diff,
                            const char *table)
{
    PyObject *lists[] = {diff->changed, diff->removed, diff->added};
    PyObject *names = PyObject_GetAttrString((PyObject *)type, table);
    PyObject *found = NULL;

    for (size_t i = 0; names != NULL && i < 3 && found == NULL; i++) {
        for (Py_ssize_t j = 0; j < PyList_GET_SIZE(lists[i]) && found == NULL; j++) {
            PyObject *name = PyList_GET_ITEM(lists[i], j);

            found = PySequence_Contains(names, name) == 1 ? name : NULL;
        }
    }
    PyErr_Clear();
    Py_XDECREF(names);
    return found;
}

/* The first name whose live attribute is the descriptor of a slot: borrowed, or NULL.
 */
static PyObject *touched_slot(PyTypeObject *type, const struct hr_class_diff *diff)
{
    PyObject *lists[] = {diff->added, diff->changed, diff->removed};
    PyObject *dict = hr_compat_type_dict(type);
    PyObject *found = NULL;

    for (size_t i = 0; dict != NULL && i < 3 && found == NULL; i++) {
        for (Py_ssize_t j = 0; j < PyList_GET_SIZE(lists[i]) && found == NULL; j++) {
            PyObject *name = PyList_GET_ITEM(lists[i], j);
            PyObject *live = PyDict_GetItemWithError(dict, name);

            found = live != NULL && Py_IS_TYPE(live, &PyMemberDescr_Type) ? name : NULL;
        }
    }
    PyErr_Clear();
    Py_XDECREF(dict);
    return found;
}

/* Whether what was bound is not there any more: then who made the class made something
 * else of it.  A plain class would have it, or the program took it out. */
static bool was_taken_out(PyTypeObject *type, const struct hr_class_diff *diff)
{
    PyObject *dict = hr_compat_type_dict(type);
    bool made = hr_defs_at(diff->before.defs, diff->before.def)->decorators.count > 0 ||
                Py_TYPE(type) != &PyType_Type;
    bool out = false;

    for (Py_ssize_t i = 0; dict != NULL && made && i < PyList_GET_SIZE(diff->changed);
         i++) {
        out |= PyDict_Contains(dict, PyList_GET_ITEM(diff->changed, i)) == 0;
    }
    PyErr_Clear();
    Py_XDECREF(dict);
    return out;
}

/* What the decorators say, without dataclass; how many of that there are. */
static int other_decorators(const struct hr_class_side *side, struct hr_bytes *out)
{
    struct hr_bytes all = {0};
    int count = 0;

    hr_members_decorators(side->defs, side->def, &all);
    for (size_t start = 0, at = 0; at < all.size; at++) {
        if (all.data[at] != '\n') {
            continue;
        }
        if (hr_dataclass_is_decorator(all.data + start, at - start)) {
            count++;
        } else {
            hr_bytes_append(out, all.data + start, at + 1 - start);
        }
        start = at + 1;
    }
    hr_bytes_finish(&all);
    return count;
}

/* Whether only the arguments of dataclass differ. */
static bool decorators_fit(PyTypeObject *type, const struct hr_class_diff *diff)
{
    struct hr_bytes left = {0};
    struct hr_bytes right = {0};
    int before = other_decorators(&diff->before, &left);
    int now = other_decorators(&diff->now, &right);
    bool fit = hr_dataclass_is(type) && before == 1 && now == 1 &&
               hr_bytes_equal(&left, &right);

    hr_bytes_finish(&left);
    hr_bytes_finish(&right);
    return fit;
}

const char *hr_class_kind_refuses(PyTypeObject *type, const struct hr_class_diff *diff,
                                  size_t *member)
{
    PyObject *name = NULL;
    const char *reason = hr_class_diff_header(diff);

    *member = SIZE_MAX;
    if (reason != NULL) {
        return reason;
    }
    if (diff->decorators_differ && !decorators_fit(type, diff)) {
        return "its decorators differ";
    }
    if (strcmp(Py_TYPE(type)->tp_name, "_TypedDictMeta") == 0) {
        return "a TypedDict is fixed when it is made";
    }
    if (hr_class_diff_touches(diff, "__slots__")) {
        name = PyUnicode_FromString("__slots__");
        *member = name == NULL ? SIZE_MAX : member_of(&diff->now, name);
        Py_XDECREF(name);
        return "its __slots__ differ";
    }
    if ((name = touched_slot(type, diff)) != NULL) {
        reason = "what its __slots__ name differs";
    } else if (is_enum(type) &&
               (name = touched_in(type, diff, "_member_map_")) != NULL) {
        reason = "the members of an enum are fixed when it is made";
    } else if (is_named_tuple(type) &&
               (diff->types_differ || (name = touched_in(type, diff, "_fields")))) {
        reason = "the fields of a NamedTuple are fixed when it is made";
    } else if (is_protocol(type) &&
               (diff->types_differ || PyList_GET_SIZE(diff->added) > 0 ||
                PyList_GET_SIZE(diff->removed) > 0)) {
        reason = "the members of a Protocol are fixed when it is made";
    } else if (hr_dataclass_is_remade(type, diff)) {
        reason = hr_class_has_own(type, "__slots__")
                     ? "the fields of a dataclass with __slots__ are fixed"
                 : !decorators_fit(type, diff) ? "its fields are not made by dataclass"
                                               : NULL;
    } else if (was_taken_out(type, diff)) {
        reason = "its decorator or metaclass made something else of what differs";
    }
    *member = name == NULL ? SIZE_MAX : member_of(&diff->now, name);
    return reason;
}

const char *hr_class_kind_refuses_value(PyTypeObject *type, PyObject *name,
                                        PyObject *value)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(name);
    bool special = length > 2 && PyUnicode_READ_CHAR(name, 0) == '_' &&
                   PyUnicode_READ_CHAR(name, length - 1) == '_';

    if (!is_enum(type) || special || PyType_Check(value) ||
        Py_TYPE(value)->tp_descr_get != NULL) {
        return NULL;
    }
    return "the members of an enum are fixed when it is made";
}

/* ---- abstract classes ---- */

int hr_class_kind_update_abstract(PyTypeObject *type)
{
    PyObject *abc = NULL;
    PyObject *below = NULL;
    PyObject *result = NULL;
    int status = 0;

    if (!is_instance(type, "abc", "ABCMeta")) {
        return 0;
    }
    abc = hr_import("abc");
    if (abc != NULL) {
        result = PyObject_CallMethod(abc, "update_abstractmethods", "O", type);
    }
    if (result != NULL) {
        below =
            PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", type);
    }
    status = below == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(below); i++) {
        status =
            hr_class_kind_update_abstract((PyTypeObject *)PyList_GET_ITEM(below, i));
    }
    Py_XDECREF(below);
    Py_XDECREF(result);
    Py_XDECREF(abc);
    return status;
}

void hr_class_kind_put_back(PyTypeObject *type, PyObject *was)
{
    PyObject *exception = hr_compat_take_exception();
    PyObject *dict = hr_compat_type_dict(type);
    PyObject *now = dict == NULL ? NULL : PyDict_Copy(dict);
    PyObject *name, *value;
    Py_ssize_t at = 0;

    while (now != NULL && PyDict_Next(now, &at, &name, &value)) {
        if (PyDict_Contains(was, name) == 0) {
            PyObject_SetAttr((PyObject *)type, name, NULL);
            PyErr_Clear();
        }
    }
    at = 0;
    while (now != NULL && PyDict_Next(was, &at, &name, &value)) {
        if (PyDict_GetItemWithError(now, name) != value) {
            PyObject_SetAttr((PyObject *)type, name, value);
            PyErr_Clear();
        }
    }
    hr_class_kind_update_abstract(type);
    PyErr_Clear();
    Py_XDECREF(now);
    Py_XDECREF(dict);
    hr_compat_put_exception(exception);
}
