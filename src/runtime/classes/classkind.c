#include "runtime/classes/classkind.h"

#include <string.h>

#include "runtime/compat.h"

/* ---- what it is ---- */

static bool has_own(PyTypeObject *type, const char *name)
{
    PyObject *dict = hr_compat_type_dict(type);
    bool has = dict != NULL && PyDict_GetItemString(dict, name) != NULL;

    Py_XDECREF(dict);
    return has;
}

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
    return PyType_IsSubtype(type, &PyTuple_Type) && has_own(type, "_fields") &&
           has_own(type, "_field_defaults");
}

static bool is_dataclass(PyTypeObject *type)
{
    return has_own(type, "__dataclass_params__");
}

static bool is_protocol(PyTypeObject *type)
{
    PyObject *dict = hr_compat_type_dict(type);
    bool is = dict != NULL && PyDict_GetItemString(dict, "_is_protocol") == Py_True;

    Py_XDECREF(dict);
    return is;
}

/* ---- what cannot be changed ---- */

static bool holds(PyObject *list, const char *name)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(list, i), name) == 0) {
            return true;
        }
    }
    return false;
}

static bool touches(const struct hr_class_diff *diff, const char *name)
{
    return holds(diff->added, name) || holds(diff->changed, name) ||
           holds(diff->removed, name);
}

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

/* "dataclass" or "dataclasses.dataclass", with or without arguments. */
static bool makes_dataclass(const char *text, size_t size)
{
    static const char word[] = "dataclass";
    const char *bracket = memchr(text, '(', size);
    size_t length = bracket != NULL ? (size_t)(bracket - text) : size;
    size_t most = sizeof word - 1;

    return length >= most && memcmp(text + length - most, word, most) == 0 &&
           (length == most || text[length - most - 1] == '.');
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
        if (makes_dataclass(all.data + start, at - start)) {
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
    bool fit = is_dataclass(type) && before == 1 && now == 1 &&
               left.size == right.size &&
               (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);

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
    if (touches(diff, "__slots__")) {
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
    } else if (hr_class_kind_is_remade(type, diff)) {
        reason = has_own(type, "__slots__")
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

/* ---- dataclasses ---- */

/* What dataclass adds to a class, unless the class has it. */
static const char *const generated[] = {
    "__init__",
    "__repr__",
    "__eq__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__hash__",
    "__setattr__",
    "__delattr__",
    "__replace__",
    "__match_args__",
    "__dataclass_fields__",
};

bool hr_class_kind_is_remade(PyTypeObject *type, const struct hr_class_diff *diff)
{
    bool remade =
        diff->types_differ || diff->decorators_differ || touches(diff, "__post_init__");

    for (size_t i = 0; i < sizeof generated / sizeof *generated; i++) {
        remade = remade || holds(diff->added, generated[i]) ||
                 holds(diff->removed, generated[i]);
    }
    for (Py_ssize_t i = 0; !remade && i < PyList_GET_SIZE(diff->changed); i++) {
        remade =
            PyDict_Contains(diff->now.types, PyList_GET_ITEM(diff->changed, i)) == 1;
    }
    PyErr_Clear();
    return remade && is_dataclass(type);
}

static int remove_generated(PyTypeObject *type, PyObject *dict,
                            const struct hr_class_diff *diff)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < sizeof generated / sizeof *generated; i++) {
        const char *name = generated[i];

        if (PyDict_GetItemString(dict, name) != NULL &&
            PyDict_GetItemString(diff->now.says, name) == NULL) {
            status = PyObject_SetAttrString((PyObject *)type, name, NULL);
        }
    }
    if (status == 0 && PyDict_GetItemString(diff->now.says, "__doc__") == NULL) {
        status = PyObject_SetAttrString((PyObject *)type, "__doc__", Py_None);
    }
    return status;
}

static int add_heirs(PyTypeObject *type, PyObject *names)
{
    PyObject *below = PyObject_CallMethod((PyObject *)type, "__subclasses__", NULL);
    int status = below == NULL || !PyList_Check(below) ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(below); i++) {
        PyTypeObject *heir = (PyTypeObject *)PyList_GET_ITEM(below, i);

        if (is_dataclass(heir)) {
            status = PyList_Append(names, ((PyHeapTypeObject *)heir)->ht_qualname);
        }
        status = status < 0 ? -1 : add_heirs(heir, names);
    }
    Py_XDECREF(below);
    return status;
}

PyObject *hr_class_kind_heirs(PyTypeObject *type)
{
    PyObject *names = PyList_New(0);

    if (names != NULL && add_heirs(type, names) < 0) {
        Py_CLEAR(names);
    }
    PyErr_Clear();
    return names;
}

/* Puts what the statements of the fields made where dataclass looks for it.  What the
 * program made of a field whose statement is as it was goes to `live`. */
static int place_fields(PyTypeObject *type, PyObject *dict,
                        const struct hr_class_diff *diff, PyObject *names,
                        PyObject *live)
{
    PyObject *name;
    Py_ssize_t at = 0;
    int status = 0;

    while (status == 0 && PyDict_Next(diff->now.types, &at, &name, NULL)) {
        PyObject *value = PyDict_GetItemWithError(names, name);
        PyObject *known = PyDict_GetItemWithError(dict, name);

        if (known != NULL && PySequence_Contains(diff->changed, name) == 0 &&
            PySequence_Contains(diff->added, name) == 0) {
            status = PyDict_SetItem(live, name, known);
        }
        if (status == 0 && (value != NULL || known != NULL)) {
            status = PyObject_SetAttr((PyObject *)type, name, value);
        }
    }
    return status;
}

static PyObject *evaluate(const char *expression, size_t size, PyObject *globals)
{
    struct hr_bytes text = {0};
    PyObject *value = NULL;

    hr_bytes_append_char(&text, '(');
    hr_bytes_append(&text, expression, size);
    hr_bytes_append_text(&text, "\n)");
    value = text.failed ? PyErr_NoMemory()
                        : PyRun_String(text.data, Py_eval_input, globals, globals);
    hr_bytes_finish(&text);
    return value;
}

/* The decorator, as its expression says now: new reference. */
static PyObject *evaluate_decorator(const struct hr_class_diff *diff, PyObject *globals)
{
    const struct hr_defs *defs = diff->now.defs;
    struct hr_range range = hr_defs_at(defs, diff->now.def)->decorators;
    PyObject *value = NULL;
    PyObject *module = NULL;

    for (uint32_t i = range.first; value == NULL && i < range.first + range.count;
         i++) {
        const struct hr_decorator *decorator = hr_array_at(&defs->decorators, i);
        const char *start = defs->text + decorator->expression.start;
        size_t size = hr_span_size(decorator->expression);

        if (makes_dataclass(start, size) &&
            (value = evaluate(start, size, globals)) == NULL) {
            return NULL;
        }
    }
    module = value == NULL ? NULL : PyObject_GetAttrString(value, "__module__");
    if (module == NULL || !PyUnicode_Check(module) ||
        PyUnicode_CompareWithASCIIString(module, "dataclasses") != 0) {
        PyErr_SetString(PyExc_TypeError, "its decorator is not that of dataclasses");
        Py_CLEAR(value);
    }
    Py_XDECREF(module);
    return value;
}

static int call_decorator(PyTypeObject *type, const struct hr_class_diff *diff,
                          PyObject *globals)
{
    PyObject *decorator = evaluate_decorator(diff, globals);
    PyObject *result =
        decorator == NULL ? NULL : PyObject_CallOneArg(decorator, (PyObject *)type);
    int status = result == (PyObject *)type ? 0 : -1;

    if (result != NULL && status < 0) {
        PyErr_SetString(PyExc_TypeError, "dataclass makes another class of it");
    }
    Py_XDECREF(result);
    Py_XDECREF(decorator);
    return status;
}

int hr_class_kind_remake(PyTypeObject *type, const struct hr_class_diff *diff,
                         PyObject *names, PyObject *globals)
{
    PyObject *now = hr_compat_type_dict(type);
    PyObject *dict = now == NULL ? NULL : PyDict_Copy(now);
    PyObject *live = PyDict_New();
    PyObject *name, *value;
    Py_ssize_t at = 0;
    int status = -1;

    if (dict != NULL && live != NULL && remove_generated(type, dict, diff) == 0 &&
        place_fields(type, dict, diff, names, live) == 0) {
        status = call_decorator(type, diff, globals);
    }
    while (status == 0 && PyDict_Next(live, &at, &name, &value)) {
        status = PyObject_SetAttr((PyObject *)type, name, value);
    }
    Py_XDECREF(live);
    Py_XDECREF(dict);
    Py_XDECREF(now);
    return status;
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
    abc = PyImport_ImportModule("abc");
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
