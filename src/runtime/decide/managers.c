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

/* An object that was made before: with suppression: */
static bool manager_expects(PyObject *manager, PyObject *exception)
{
    static const struct {
        const char *class, *attribute;
        bool groups;
    } known[] = {{"suppress", "_exceptions", HR_COMPAT_SUPPRESS_TAKES_GROUPS},
                 {"_AssertRaisesContext", "expected", false},
                 {"RaisesContext", "expected_exception", false},
                 {"RaisesExc", "expected_exceptions", false}};
    const char *name = Py_TYPE(manager)->tp_name;
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
        made = manager_expects(value, exception);
    }
    Py_XDECREF(value);
    return made || (known && hr_peek_take(&reader, '(') &&
                    is_listed(reader, exception,
                              suppresses && HR_COMPAT_SUPPRESS_TAKES_GROUPS));
}

static PyTypeObject *group_type(void) /* borrowed; NULL: nobody has loaded it */
{
    PyObject *type = hr_peek_in_module("asyncio.taskgroups", "TaskGroup");
    return type != NULL && PyType_Check(type) ? (PyTypeObject *)type : NULL;
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

bool hr_managers_is_group(struct hr_peek item, const char *text_end,
                          const struct hr_passage *passage)
{
    PyTypeObject *type = group_type();
    PyObject *value = type != NULL ? hr_peek_path(&item) : NULL;
    bool made, is = false;
    hr_peek_skip(&item);
    made = item.at == item.end;
    if (value != NULL && made && PyObject_TypeCheck(value, type)) {
        is = passage->group == NULL || value == passage->group;
    } else if (value != NULL && !made && *item.at == '(' && PyType_Check(value) &&
               PyType_IsSubtype((PyTypeObject *)value, type)) {
        PyObject *bound = passage->group == NULL ? NULL : bound_by(item, text_end);
        is = bound == NULL || bound == passage->group ||
             !PyObject_TypeCheck(bound, type);
        Py_XDECREF(bound);
    }
    Py_XDECREF(value);
    return is;
}
