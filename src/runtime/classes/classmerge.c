#include "runtime/classes/classmerge.h"

#include "base/lines.h"
#include "runtime/classes/classdiff.h"
#include "runtime/classes/classkind.h"
#include "runtime/classes/classrun.h"
#include "runtime/classes/dataclass.h"
#include "runtime/classes/heirs.h"
#include "runtime/classes/refused.h"
#include "runtime/compat.h"
#include "runtime/reload/likeness.h"
#include "runtime/reload/reload.h"

struct merging {
    struct hr_state *state;
    const struct hr_class_change *change;
    PyTypeObject *type;
    PyFrameObject *frame;
    PyObject *lines;
    struct hr_class_diff diff;
    bool remade;     /* dataclass has to process it again */
    PyObject *names; /* dict: the namespace that they are run in */
    PyObject *puts;  /* dict: name -> the new value */
    PyObject *was;   /* dict: a copy of the class's own, for undoing */
};

/* ---- what is said ---- */

static void say(struct merging *merging, PyObject *line)
{
    if (line != NULL) {
        PyList_Append(merging->lines, line);
        Py_DECREF(line);
    }
}

/* At a statement of the new text, or (SIZE_MAX) at the class. */
static bool refuse(struct merging *merging, size_t member, const char *reason)
{
    const struct hr_class_side *side = &merging->diff.now;
    const struct hr_def *def = hr_defs_at(side->defs, side->def);
    size_t at = member == SIZE_MAX ? def->keyword
                                   : hr_members_at(&side->members, member)->span.start;
    uint32_t line = member == SIZE_MAX
                        ? def->line
                        : hr_members_at(&side->members, member)->first_line;

    say(merging,
        PyUnicode_FromFormat("%U:%u:%u: error: class %U stays as it was: %s",
                             side->source->filename, (unsigned)line + 1,
                             (unsigned)(at - hr_line_start(side->defs->text, at)) + 1,
                             merging->change->name, reason));
    hr_refused_add(merging->state, merging->change);
    return false;
}

/* Tells of the exception that is set, and clears it. */
static bool refuse_exception(struct merging *merging)
{
    PyObject *filename = merging->change->now->filename;
    PyObject *exception = hr_compat_take_exception();
    PyObject *traceback;
    long line;

    if (exception != NULL &&
        PyErr_GivenExceptionMatches(exception, PyExc_SyntaxError)) {
        hr_compat_put_exception(exception);
        say(merging, hr_reload_describe(filename));
        return false;
    }
    traceback = exception == NULL ? NULL : PyException_GetTraceback(exception);
    line = hr_reload_failed_line(traceback, filename);
    Py_XDECREF(traceback);
    if (line <= 0) {
        line = hr_defs_at(hr_source_outline(merging->change->now), merging->change->def)
                   ->line +
               1;
    }
    if (exception != NULL) {
        say(merging,
            PyUnicode_FromFormat("%U:%ld:1: error: class %U stays as it was: %s: %S",
                                 filename, line, merging->change->name,
                                 Py_TYPE(exception)->tp_name, exception));
    }
    PyErr_Clear();
    Py_XDECREF(exception);
    return false;
}

/* A dict that holds what the class has, for statements that read it. */
static int make_names(struct merging *merging)
{
    static const char *const own[] = {"__annotations__", "__doc__",      "__dict__",
                                      "__weakref__",     "__module__",   "__qualname__",
                                      "__slots__",       "__classcell__"};
    PyObject *dict = hr_compat_type_dict(merging->type);

    merging->was = dict == NULL ? NULL : PyDict_Copy(dict);
    merging->names = dict == NULL ? NULL : PyDict_Copy(dict);
    Py_XDECREF(dict);
    for (size_t i = 0; merging->names != NULL && i < sizeof own / sizeof *own; i++) {
        if (PyDict_DelItemString(merging->names, own[i]) < 0) {
            PyErr_Clear();
        }
    }
    return merging->names == NULL || merging->was == NULL ? -1 : 0;
}

static int run(struct merging *merging)
{
    PyObject *brought = PyList_New(0);
    int status =
        brought == NULL
            ? -1
            : hr_class_run(merging->state, merging->change, &merging->diff,
                           merging->remade, merging->frame, merging->names, brought);

    for (Py_ssize_t i = 0; brought != NULL && i < PyList_GET_SIZE(brought); i++) {
        say(merging, PyUnicode_FromFormat("hr: brought in %U from %U",
                                          PyList_GET_ITEM(brought, i),
                                          merging->change->now->filename));
    }
    Py_XDECREF(brought);
    return status;
}

/* ---- what is put ---- */

/* As the making of a class takes functions of these names. */
static PyObject *as_made(PyObject *name, PyObject *value)
{
    if (!PyFunction_Check(value)) {
        return Py_NewRef(value);
    }
    if (PyUnicode_CompareWithASCIIString(name, "__new__") == 0) {
        return PyStaticMethod_New(value);
    }
    if (PyUnicode_CompareWithASCIIString(name, "__init_subclass__") == 0 ||
        PyUnicode_CompareWithASCIIString(name, "__class_getitem__") == 0) {
        return PyClassMethod_New(value);
    }
    return Py_NewRef(value);
}

/* 1: all can be put; 0: refused; -1: an exception. */
static int collect_puts(struct merging *merging)
{
    PyObject *lists[] = {merging->diff.added, merging->diff.changed};
    int status = 1;

    for (size_t i = 0; i < 2; i++) {
        for (Py_ssize_t j = 0; status > 0 && j < PyList_GET_SIZE(lists[i]); j++) {
            PyObject *name = PyList_GET_ITEM(lists[i], j);
            PyObject *value = PyDict_GetItemWithError(merging->names, name);
            const char *reason;

            if (value == NULL) {
                continue; /* the statement bound it on no way, or deleted it again */
            }
            reason = hr_class_kind_refuses_value(merging->type, name, value);
            if (reason != NULL) {
                refuse(merging, SIZE_MAX, reason);
                return 0;
            }
            value = as_made(name, value);
            status = value == NULL || PyDict_SetItem(merging->puts, name, value) < 0
                         ? -1
                         : 1;
            Py_XDECREF(value);
        }
    }
    return status;
}

/* In the order of the text; what is written as it was keeps its live value. */
static int put_annotations(struct merging *merging)
{
    PyObject *made = PyDict_GetItemString(merging->names, "__annotations__");
    PyObject *live = PyDict_GetItemString(merging->was, "__annotations__");
    PyObject *all = PyDict_New();
    PyObject *name, *value;
    Py_ssize_t at = 0;
    int status = all == NULL ? -1 : 0;

    while (status == 0 && made != NULL && PyDict_Check(made) &&
           PyDict_Next(made, &at, &name, &value)) {
        PyObject *old = PyDict_GetItemWithError(merging->diff.before.types, name);
        PyObject *now = PyDict_GetItemWithError(merging->diff.now.types, name);
        PyObject *known = live != NULL && PyDict_Check(live)
                              ? PyDict_GetItemWithError(live, name)
                              : NULL;
        bool same = known != NULL && old != NULL && now != NULL &&
                    PyObject_RichCompareBool(old, now, Py_EQ) == 1;

        status = PyDict_SetItem(all, name, same ? known : value);
    }
    if (status == 0) {
        status =
            PyObject_SetAttrString((PyObject *)merging->type, "__annotations__", all);
    }
    Py_XDECREF(all);
    return status;
}

static int put_removed(struct merging *merging)
{
    PyObject *type = (PyObject *)merging->type;
    PyObject *removed = merging->diff.removed;
    int status = 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(removed); i++) {
        PyObject *name = PyList_GET_ITEM(removed, i);

        if (PyUnicode_CompareWithASCIIString(name, "__doc__") == 0) {
            status = PyObject_SetAttr(type, name, Py_None);
        } else if (PyDict_Contains(merging->was, name) == 1) {
            status = PyObject_SetAttr(type, name, NULL);
        }
    }
    return status;
}

/* A class that says how it compares has no hash unless it says how. */
static int put_hash(struct merging *merging)
{
    PyObject *says = merging->diff.now.says;
    PyObject *live = PyDict_GetItemString(merging->was, "__hash__");
    bool compares = PyDict_GetItemString(says, "__eq__") != NULL;
    bool compared = PyDict_GetItemString(merging->diff.before.says, "__eq__") != NULL;

    if (PyDict_GetItemString(says, "__hash__") != NULL || compares == compared) {
        return 0;
    }
    if (compares) {
        return PyObject_SetAttrString((PyObject *)merging->type, "__hash__", Py_None);
    }
    return live != Py_None
               ? 0
               : PyObject_SetAttrString((PyObject *)merging->type, "__hash__", NULL);
}

static int put_one(PyObject *type, PyObject *name, PyObject *value)
{
    PyObject *hook;
    PyObject *result;

    if (PyObject_SetAttr(type, name, value) < 0) {
        return -1;
    }
    hook = PyObject_GetAttrString((PyObject *)Py_TYPE(value), "__set_name__");
    if (hook == NULL) {
        PyErr_Clear();
        return 0;
    }
    result = PyObject_CallFunctionObjArgs(hook, value, type, name, NULL);
    Py_DECREF(hook);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* Whether the module that the class was made in is loaded from a copy. */
static bool is_run_for_copy(const struct merging *merging)
{
    PyObject *versions = PyDict_GetItemWithError(merging->state->sources,
                                                 merging->change->before->filename);
    bool is = false;

    for (Py_ssize_t i = 0; versions != NULL && i < PyList_GET_SIZE(versions); i++) {
        is = is || ((hr_source *)PyList_GET_ITEM(versions, i))->in_copy.count > 0;
    }
    return is;
}

/* What 3.13 says of a class's place and of what its methods assign to.  The place in a
 * copy that its original is run for stays, as that has not been edited; but where it
 * tells several classes of one name apart. */
static int put_about(struct merging *merging)
{
    static const char *const names[] = {"__static_attributes__", "__firstlineno__"};
    const struct hr_defs *before = hr_source_outline(merging->change->before);
    const char *name = hr_defs_qualname(before, merging->change->old_def);
    bool stays =
        is_run_for_copy(merging) && hr_likeness_count_classes(before, name) == 1;
    size_t count = stays ? 1 : 2;
    int status = 0;

    for (size_t i = 0; i < count && status == 0; i++) {
        PyObject *value = PyDict_GetItemString(merging->names, names[i]);

        if (value != NULL && PyDict_GetItemString(merging->was, names[i]) != NULL) {
            status = PyObject_SetAttrString((PyObject *)merging->type, names[i], value);
        }
    }
    return status;
}

static int put_all(struct merging *merging)
{
    PyObject *type = (PyObject *)merging->type;
    PyObject *name, *value;
    Py_ssize_t at = 0;
    int status = put_removed(merging);

    while (status == 0 && PyDict_Next(merging->puts, &at, &name, &value)) {
        status = put_one(type, name, value);
    }
    if (status == 0 && merging->diff.types_differ) {
        status = put_annotations(merging);
    }
    if (status == 0) {
        status = put_hash(merging);
    }
    if (status == 0 && merging->remade) {
        status = hr_dataclass_remake(merging->type, &merging->diff, merging->names,
                                     merging->change->globals);
    }
    if (status == 0) {
        status = put_about(merging);
    }
    return status < 0 ? -1 : hr_class_kind_update_abstract(merging->type);
}

/* ---- the whole ---- */

static PyObject *joined(PyObject *text, const char *what, PyObject *names)
{
    PyObject *list = text == NULL ? NULL : hr_listed(names);
    PyObject *all = NULL;

    if (list != NULL) {
        all = PyList_GET_SIZE(names) == 0
                  ? Py_NewRef(text)
                  : PyUnicode_FromFormat("%U%s%s %U", text,
                                         PyUnicode_GET_LENGTH(text) > 0 ? "; " : "",
                                         what, list);
    }
    Py_XDECREF(list);
    Py_XDECREF(text);
    return all;
}

static void report(struct merging *merging)
{
    const struct hr_class_diff *diff = &merging->diff;
    PyObject *text = PyUnicode_FromString("");

    text = joined(text, "new", diff->added);
    text = joined(text, "changed", diff->changed);
    text = joined(text, "gone", diff->removed);
    if (text != NULL && PyUnicode_GET_LENGTH(text) == 0) {
        Py_SETREF(text,
                  PyUnicode_FromString(diff->types_differ ? "annotations"
                                       : merging->remade  ? "its dataclass"
                                                          : "nothing that it has"));
    }
    if (text != NULL) {
        say(merging,
            PyUnicode_FromFormat(
                "hr: reloaded class %U (%U:%u): %U", merging->change->name,
                merging->change->now->filename,
                (unsigned)hr_defs_at(diff->now.defs, diff->now.def)->line + 1, text));
    }
    Py_XDECREF(text);
}

/* Fields that instances made before do not have. */
static void report_fields(struct merging *merging)
{
    PyObject *missing = PyList_New(0);
    PyObject *name, *text;
    Py_ssize_t at = 0;

    while (missing != NULL && merging->remade &&
           PyDict_Next(merging->diff.now.types, &at, &name, &text)) {
        if (PyDict_Contains(merging->diff.before.types, name) == 0 &&
            !PyObject_HasAttr((PyObject *)merging->type, name)) {
            PyList_Append(missing, name);
        }
    }
    if (missing != NULL && PyList_GET_SIZE(missing) > 0) {
        PyObject *list = joined(PyUnicode_FromString(""), "have no", missing);

        say(merging, list == NULL
                         ? NULL
                         : PyUnicode_FromFormat("hr: instances of %U that were made "
                                                "before %U",
                                                merging->change->name, list));
        Py_XDECREF(list);
    }
    PyErr_Clear();
    Py_XDECREF(missing);
}

static bool merge(struct merging *merging)
{
    size_t member = SIZE_MAX;
    const char *reason;
    int status = 1;

    if (hr_class_diff_init(merging->state, &merging->diff, merging->change) < 0) {
        return refuse_exception(merging);
    }
    reason = hr_class_kind_refuses(merging->type, &merging->diff, &member);
    if (reason != NULL) {
        return refuse(merging, member, reason);
    }
    merging->remade = hr_dataclass_is_remade(merging->type, &merging->diff);
    merging->puts = PyDict_New();
    if (merging->puts == NULL || make_names(merging) < 0 || run(merging) < 0 ||
        (status = collect_puts(merging)) < 0) {
        return refuse_exception(merging);
    }
    if (status == 0) {
        return false;
    }
    if (put_all(merging) < 0) {
        hr_class_kind_put_back(merging->type, merging->was);
        return refuse_exception(merging);
    }
    report(merging);
    report_fields(merging);
    if (merging->remade) {
        hr_heirs_remake(merging->type, merging->change->name, merging->lines);
    }
    return hr_classes_keep(merging->state, merging->change) == 0 ||
           refuse_exception(merging);
}

bool hr_class_merge(struct hr_state *state, const struct hr_class_change *change,
                    PyFrameObject *frame, PyObject *lines)
{
    struct merging merging = {.state = state,
                              .change = change,
                              .type = (PyTypeObject *)change->type,
                              .frame = frame,
                              .lines = lines};
    bool done = merge(&merging);

    PyErr_Clear();
    hr_class_diff_finish(&merging.diff);
    Py_XDECREF(merging.names);
    Py_XDECREF(merging.puts);
    Py_XDECREF(merging.was);
    return done;
}
