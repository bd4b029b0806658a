#include "runtime/decide/managers.h"

#include <string.h>

#include "runtime/compat.h"
#include "syntax/scan.h"

static bool ends_in(const char *start, const char *end, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(end - start) >= size && memcmp(end - size, word, size) == 0 &&
           ((size_t)(end - start) == size || end[-(long)size - 1] == '.');
}

/* What a group holds: a tuple, borrowed; NULL for an exception that is none. */
PyObject *hr_managers_parts(PyObject *exception)
{
    PyTypeObject *type = (PyTypeObject *)PyExc_BaseExceptionGroup;
    PyObject *parts = PyObject_TypeCheck(exception, type)
                          ? ((PyBaseExceptionGroupObject *)exception)->excs
                          : NULL;
    return parts != NULL && PyTuple_Check(parts) ? parts : NULL;
}

/* Whether it is of these types; if `groups`, a group of which each part is will do. */
static bool is_of(PyObject *types, PyObject *exception, bool groups)
{
    PyObject *parts = groups ? hr_managers_parts(exception) : NULL;
    bool all = parts != NULL;
    for (Py_ssize_t i = 0; all && i < PyTuple_GET_SIZE(parts); i++) {
        all = is_of(types, PyTuple_GET_ITEM(parts, i), groups);
    }
    return all || PyErr_GivenExceptionMatches(exception, types);
}

/* The same for types that stand in the source from here to a ')'. */
static bool is_listed(struct hr_peek reader, PyObject *exception, bool groups)
{
    PyObject *parts = groups ? hr_managers_parts(exception) : NULL;
    bool all = parts != NULL;
    for (Py_ssize_t i = 0; all && i < PyTuple_GET_SIZE(parts); i++) {
        all = is_listed(reader, PyTuple_GET_ITEM(parts, i), groups);
    }
    return all || hr_peek_matches(&reader, exception, 0);
}

/* Whether it is of a class that leaves __exit__ to the class of the library. */
static bool keeps_exit(PyObject *manager, const char *module, const char *class)
{
    PyObject *type = hr_peek_in_module(module, class);
    PyObject *name = PyUnicode_FromString("__exit__");
    bool keeps = name != NULL && type != NULL && PyType_Check(type) &&
                 PyType_IsSubtype(Py_TYPE(manager), (PyTypeObject *)type) &&
                 hr_peek_type_attribute(Py_TYPE(manager), name) ==
                     hr_peek_type_attribute((PyTypeObject *)type, name);
    Py_XDECREF(name);
    return keeps;
}

/* An object that was made before: with suppression: */
bool hr_managers_object_expects(PyObject *manager, PyObject *exception)
{
    static const struct {
        const char *class, *attribute;
        bool groups;
    } known[] = {{"suppress", "_exceptions", HR_COMPAT_SUPPRESS_TAKES_GROUPS},
                 {"_AssertRaisesContext", "expected", false},
                 {"RaisesContext", "expected_exception", false},
                 {"RaisesExc", "expected_exceptions", false}};
    const char *name = keeps_exit(manager, "contextlib", "suppress")
                           ? "suppress"
                           : Py_TYPE(manager)->tp_name;
    bool expects = false;
    for (size_t i = 0; i < sizeof known / sizeof *known && !expects; i++) {
        PyObject *attribute = strcmp(name, known[i].class) == 0
                                  ? PyUnicode_FromString(known[i].attribute)
                                  : NULL;
        PyObject *types =
            attribute != NULL ? hr_peek_attribute(manager, attribute) : NULL;
        if (types != NULL && (PyTuple_Check(types) || PyExceptionClass_Check(types))) {
            expects = is_of(types, exception, known[i].groups);
        }
        Py_XDECREF(attribute);
    }
    PyErr_Clear();
    return expects;
}

/* The types may be given by their parameter's name. */
static bool skip_keyword(struct hr_peek *reader)
{
    static const char word[] = "expected_exception";
    struct hr_peek ahead = *reader;
    hr_peek_skip(&ahead);
    if ((size_t)(ahead.end - ahead.at) > sizeof word &&
        memcmp(ahead.at, word, sizeof word - 1) == 0) {
        ahead.at += sizeof word - 1;
        if (hr_peek_take(&ahead, '=')) {
            *reader = ahead;
        }
    }
    return true;
}

/* with suppress(...), pytest.raises(...), self.assertRaises(...), or what they made */
bool hr_managers_expects(struct hr_peek reader, PyObject *exception)
{
    const char *start = reader.at;
    PyObject *value = hr_peek_path(&reader);
    const char *end = reader.at;
    bool suppresses =
        value != NULL && value == hr_peek_in_module("contextlib", "suppress");
    bool known = suppresses || ends_in(start, end, "assertRaises") ||
                 ends_in(start, end, "assertRaisesRegex") ||
                 (ends_in(start, end, "raises") &&
                  PyDict_GetItemString(PyImport_GetModuleDict(), "pytest") != NULL);
    bool made = false;
    hr_peek_skip(&reader);
    if (value != NULL && reader.at == reader.end) {
        made = hr_managers_object_expects(value, exception);
    }
    Py_XDECREF(value);
    return made || (known && hr_peek_take(&reader, '(') && skip_keyword(&reader) &&
                    is_listed(reader, exception,
                              suppresses && HR_COMPAT_SUPPRESS_TAKES_GROUPS));
}

static bool is_stack(PyObject *manager)
{
    return hr_peek_is_a(manager, "contextlib", "_BaseExitStack");
}

bool hr_managers_is_generator(PyObject *manager)
{
    return hr_peek_is_a(manager, "contextlib", "_GeneratorContextManagerBase");
}

PyObject *hr_managers_frame(PyObject *manager)
{
    PyObject *generator = hr_passage_attribute(manager, "gen");
    PyObject *frame = NULL;
    if (generator != NULL && PyGen_CheckExact(generator)) {
        frame = hr_passage_attribute(generator, "gi_frame");
    } else if (generator != NULL && PyAsyncGen_CheckExact(generator)) {
        frame = hr_passage_attribute(generator, "ag_frame");
    }
    Py_XDECREF(generator);
    if (frame != NULL && !PyFrame_Check(frame)) {
        Py_CLEAR(frame);
    }
    return frame;
}

bool hr_managers_object_is_group(PyObject *manager, PyObject *group)
{
    return hr_peek_is_a(manager, "asyncio.taskgroups", "TaskGroup") &&
           (group == NULL || group == manager);
}

/* Whose exit the callback of a stack is; another method of it is no exit: borrowed. */
static PyObject *manager_of(PyObject *callback)
{
    static const char *const names[] = {"__exit__", "__aexit__"};
    PyObject *manager = callback;
    if (PyMethod_Check(callback)) {
        manager = Py_None;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            PyObject *self = PyMethod_GET_SELF(callback);
            PyObject *name = PyUnicode_FromString(names[i]);
            bool is = name != NULL && hr_peek_type_attribute(Py_TYPE(self), name) ==
                                          PyMethod_GET_FUNCTION(callback);
            manager = is ? self : manager;
            Py_XDECREF(name);
        }
    }
    return manager;
}

PyObject *hr_managers_of_stack(PyObject *manager)
{
    PyObject *pairs =
        is_stack(manager) ? hr_passage_attribute(manager, "_exit_callbacks") : NULL;
    bool known =
        pairs != NULL && strcmp(Py_TYPE(pairs)->tp_name, "collections.deque") == 0;
    PyObject *list = known ? PySequence_List(pairs) : NULL;
    for (Py_ssize_t i = 0; list != NULL && i < PyList_GET_SIZE(list); i++) {
        PyObject *pair = PyList_GET_ITEM(list, i);
        PyObject *callback = PyTuple_Check(pair) && PyTuple_GET_SIZE(pair) == 2
                                 ? PyTuple_GET_ITEM(pair, 1)
                                 : Py_None;
        PyList_SetItem(list, i, Py_NewRef(manager_of(callback)));
    }
    PyErr_Clear();
    Py_XDECREF(pairs);
    return list;
}

/* What `item as NAME` bound: new reference, or NULL. */
static PyObject *bound_by(struct hr_peek item, const char *text_end)
{
    struct hr_peek reader = {.at = item.end, .end = text_end, .scope = item.scope};
    hr_peek_skip(&reader);
    if (reader.end - reader.at < 3 || memcmp(reader.at, "as", 2) != 0 ||
        hr_is_word((unsigned char)reader.at[2])) {
        return NULL;
    }
    reader.at += 2;
    return hr_peek_path(&reader);
}

PyObject *hr_managers_object(struct hr_peek item, const char *text_end)
{
    const char *at = item.at;
    while (at < item.end && (hr_is_word((unsigned char)*at) || *at == '.')) {
        at++;
    }
    if (at == item.end) {
        return hr_peek_path(&item);
    }
    PyObject *value = bound_by(item, text_end);
    if (value != NULL && !is_stack(value) &&
        !hr_peek_is_a(value, "unittest.case", "_AssertRaisesContext")) {
        Py_CLEAR(value);
    }
    return value;
}

static bool is_of_contextlib(PyObject *function)
{
    PyObject *globals = PyDict_GetItemString(PyImport_GetModuleDict(), "contextlib");
    return globals != NULL && PyModule_Check(globals) &&
           PyFunction_GET_GLOBALS(function) == PyModule_GetDict(globals);
}

PyObject *hr_managers_decorator(struct hr_peek item)
{
    static const char text[] = "self._recreate_cm()";
    size_t size = sizeof text - 1;
    if ((size_t)(item.end - item.at) != size || memcmp(item.at, text, size) != 0) {
        return NULL;
    }
    item.end = item.at + strlen("self");
    PyObject *manager = hr_peek_path(&item);
    PyObject *name = manager != NULL ? PyUnicode_FromString("_recreate_cm") : NULL;
    PyObject *made =
        name != NULL ? hr_peek_type_attribute(Py_TYPE(manager), name) : NULL;
    /* One of the program's own may make anything. */
    if (made == NULL || !PyFunction_Check(made) || !is_of_contextlib(made)) {
        Py_CLEAR(manager);
    }
    PyErr_Clear();
    Py_XDECREF(name);
    return manager;
}

bool hr_managers_is_group(struct hr_peek item, const char *text_end,
                          const struct hr_passage *passage)
{
    PyObject *type = hr_peek_in_module("asyncio.taskgroups", "TaskGroup");
    PyObject *value = type != NULL && PyType_Check(type) ? hr_peek_path(&item) : NULL;
    bool made, is = false;
    hr_peek_skip(&item);
    made = item.at == item.end;
    if (value != NULL && made) {
        is = hr_managers_object_is_group(value, passage->group);
    } else if (value != NULL && *item.at == '(' && PyType_Check(value) &&
               PyType_IsSubtype((PyTypeObject *)value, (PyTypeObject *)type)) {
        PyObject *bound = passage->group == NULL ? NULL : bound_by(item, text_end);
        is = bound == NULL || bound == passage->group ||
             !hr_managers_object_is_group(bound, NULL);
        Py_XDECREF(bound);
    }
    Py_XDECREF(value);
    return is;
}
