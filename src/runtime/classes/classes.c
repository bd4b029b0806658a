#include "runtime/classes/classes.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/compat.h"
#include "runtime/reload/likeness.h"
#include "runtime/guard/origin.h"

struct looking {
    struct hr_state *state;
    const struct hr_crash *crash;
    PyObject *only;
    PyObject *files; /* dict: file name -> (version on disk, set of the names of classes
                      * that differ from it) */
    PyObject *seen;  /* set of ids of types */
    struct hr_array *changes;
};

/* ---- texts ---- */

/* Adds the names of the classes that one version has otherwise. */
static int compare_version(hr_source *before, hr_source *now, PyObject *names)
{
    const struct hr_defs *old = hr_source_outline(before);
    const struct hr_defs *new = old == NULL ? NULL : hr_source_outline(now);
    int status = 0;

    PyErr_Clear();
    for (uint32_t i = 0; new != NULL &&status == 0 && i < old->defs.count; i++) {
        uint32_t def = hr_defs_at(old, i)->kind == HR_DEF_CLASS
                           ? hr_likeness_find_class(new, old, i)
                           : HR_NONE;
        PyObject *name = NULL;

        if (def != HR_NONE && hr_likeness_classes_differ(old, i, new, def)) {
            name = PyUnicode_FromString(hr_defs_qualname(old, i));
            status = name == NULL ? -1 : PySet_Add(names, name);
        }
        Py_XDECREF(name);
    }
    return status;
}

/* Looks at every version of a file that classes may have come from. */
static int look_at_file(struct looking *looking, PyObject *filename, PyObject *versions)
{
    hr_source *now = hr_origin_current(looking->state, filename, false);
    PyObject *names = now == NULL ? NULL : PySet_New(NULL);
    PyObject *entry = NULL;
    int status = 0;

    PyErr_Clear(); /* of a file that cannot be read nothing is known */
    for (Py_ssize_t i = 0;
         names != NULL && status == 0 && i < PyList_GET_SIZE(versions); i++) {
        hr_source *before = (hr_source *)PyList_GET_ITEM(versions, i);

        if ((before->ran || before->merged) &&
            !hr_bytes_equal(&before->text, &now->text)) {
            status = compare_version(before, now, names);
        }
    }
    if (status == 0 && names != NULL && PySet_GET_SIZE(names) > 0) {
        entry = PyTuple_Pack(2, (PyObject *)now, names);
        status = entry == NULL ? -1 : PyDict_SetItem(looking->files, filename, entry);
    }
    Py_XDECREF(entry);
    Py_XDECREF(names);
    Py_XDECREF(now);
    return status;
}

static int look_at_files(struct looking *looking)
{
    PyObject *items = PyDict_Items(looking->state->sources);
    int status = items == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(items); i++) {
        PyObject *item = PyList_GET_ITEM(items, i);

        status =
            look_at_file(looking, PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1));
    }
    Py_XDECREF(items);
    return status;
}

/* ---- live classes ---- */

/* A function that was defined in the body of the class: new reference, or NULL. */
static PyObject *own_function(struct hr_state *state, PyTypeObject *type)
{
    static const char *const ways[] = {"__func__", "fget", "func"};
    PyObject *dict = hr_compat_type_dict(type);
    PyObject *prefix =
        PyUnicode_FromFormat("%U.", ((PyHeapTypeObject *)type)->ht_qualname);
    PyObject *values = dict == NULL || prefix == NULL ? NULL : PyDict_Values(dict);
    PyObject *found = NULL;

    for (Py_ssize_t i = 0;
         values != NULL && found == NULL && i < PyList_GET_SIZE(values); i++) {
        PyObject *value = Py_NewRef(PyList_GET_ITEM(values, i));
        bool holder = Py_IS_TYPE(value, &PyStaticMethod_Type) ||
                      Py_IS_TYPE(value, &PyClassMethod_Type) ||
                      Py_IS_TYPE(value, &PyProperty_Type);

        for (size_t j = 0; holder && j < sizeof ways / sizeof *ways; j++) {
            PyObject *inner = PyObject_GetAttrString(value, ways[j]);

            PyErr_Clear();
            if (inner != NULL) {
                Py_SETREF(value, inner);
                holder = false;
            }
        }
        if (PyFunction_Check(value)) {
            PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(value);

            if (hr_source_of(state, code) != NULL &&
                PyUnicode_Tailmatch(code->co_qualname, prefix, 0, PY_SSIZE_T_MAX, -1) ==
                    1) {
                found = Py_NewRef(value);
            }
        }
        Py_DECREF(value);
    }
    PyErr_Clear();
    Py_XDECREF(values);
    Py_XDECREF(prefix);
    Py_XDECREF(dict);
    return found;
}

/* The globals of the module that says it is the class's: new reference, or NULL. */
static PyObject *module_globals(PyTypeObject *type)
{
    PyObject *dict = hr_compat_type_dict(type);
    PyObject *name = dict == NULL ? NULL : PyDict_GetItemString(dict, "__module__");
    PyObject *module =
        name == NULL || !PyUnicode_Check(name) ? NULL : PyImport_GetModule(name);
    PyObject *globals = module == NULL || !PyModule_Check(module)
                            ? NULL
                            : Py_NewRef(PyModule_GetDict(module));

    PyErr_Clear();
    Py_XDECREF(module);
    Py_XDECREF(dict);
    return globals;
}

static PyObject *plain_name(PyTypeObject *type)
{
    PyObject *locals = PyUnicode_FromString("<locals>.");
    PyObject *nothing = PyUnicode_FromString("");
    PyObject *name = locals == NULL || nothing == NULL
                         ? NULL
                         : PyUnicode_Replace(((PyHeapTypeObject *)type)->ht_qualname,
                                             locals, nothing, -1);

    Py_XDECREF(locals);
    Py_XDECREF(nothing);
    return name;
}

/* The version that it was changed to (borrowed), or NULL. */
static hr_source *merged_version(struct hr_state *state, PyObject *type)
{
    PyObject *id = PyLong_FromVoidPtr(type);
    PyObject *entry = id == NULL || state->classes == NULL
                          ? NULL
                          : PyDict_GetItemWithError(state->classes, id);

    Py_XDECREF(id);
    return entry != NULL && hr_compat_refers_to(PyTuple_GET_ITEM(entry, 0), type)
               ? (hr_source *)PyTuple_GET_ITEM(entry, 1)
               : NULL;
}

/* Whether the class came from the definition `def`, of several of its name. */
static bool came_from(hr_source *source, uint32_t def, PyObject *type,
                      PyObject *function)
{
    const struct hr_defs *defs = hr_source_outline(source);
    PyObject *line;
    bool same = false;

    if (hr_likeness_count_classes(defs, hr_defs_qualname(defs, def)) == 1) {
        return true;
    }
    if (function != NULL) {
        uint32_t inner =
            hr_source_def_of(source, (PyCodeObject *)PyFunction_GET_CODE(function));

        return inner != HR_NONE && hr_defs_at(defs, inner)->parent == def;
    }
    line = PyObject_GetAttrString(type, "__firstlineno__");
    same = line != NULL && PyLong_Check(line) &&
           PyLong_AsLong(line) ==
               (long)hr_origin_copy_line(source, hr_defs_at(defs, def)->first_line + 1);
    PyErr_Clear();
    Py_XDECREF(line);
    return same;
}

/* Fills the old version and definition; false if they are not known. */
static bool find_before(struct looking *looking, PyObject *filename,
                        struct hr_class_change *change)
{
    PyObject *versions = PyDict_GetItemWithError(looking->state->sources, filename);
    const char *name = PyUnicode_AsUTF8(change->name);
    hr_source *merged = merged_version(looking->state, change->type);
    Py_ssize_t count = versions == NULL ? 0 : PyList_GET_SIZE(versions);

    for (Py_ssize_t i = count - 1; i >= 0 && name != NULL; i--) {
        hr_source *source = (hr_source *)PyList_GET_ITEM(versions, i);
        const struct hr_defs *defs;

        if (merged != NULL ? source != merged : !source->ran) {
            continue;
        }
        defs = hr_source_outline(source);
        for (uint32_t def = 0; defs != NULL && def < defs->defs.count; def++) {
            if (hr_defs_at(defs, def)->kind == HR_DEF_CLASS &&
                (merged != NULL ||
                 hr_defs_at(defs, def)->span.start >= source->ran_from) &&
                strcmp(hr_defs_qualname(defs, def), name) == 0 &&
                came_from(source, def, change->type, change->function)) {
                change->before = source;
                change->old_def = def;
                return true;
            }
        }
        PyErr_Clear();
    }
    PyErr_Clear();
    return false;
}

bool hr_class_has_own(PyTypeObject *type, const char *name)
{
    PyObject *dict = hr_compat_type_dict(type);
    bool has = dict != NULL && PyDict_GetItemString(dict, name) != NULL;

    Py_XDECREF(dict);
    return has;
}

bool hr_classes_within(PyObject *name, PyObject *outer)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(outer);

    return PyUnicode_Tailmatch(name, outer, 0, PY_SSIZE_T_MAX, -1) == 1 &&
           (PyUnicode_GET_LENGTH(name) == length ||
            PyUnicode_READ_CHAR(name, length) == '.');
}

bool hr_classes_of_module(PyObject *globals, PyObject *filename,
                          const struct hr_crash *crash, PyObject *only)
{
    PyObject *module = PyDict_GetItemString(globals, "__name__");

    return (module != NULL && PyUnicode_Check(module) &&
            PyUnicode_Compare(module, only) == 0) ||
           (PyUnicode_CompareWithASCIIString(only, "module") == 0 &&
            PyUnicode_Compare(filename, crash->code->co_filename) == 0);
}

static bool is_meant(const struct looking *looking, PyObject *filename,
                     const struct hr_class_change *change)
{
    PyObject *only = looking->only;

    return only == NULL || hr_classes_within(change->name, only) ||
           hr_classes_of_module(change->globals, filename, looking->crash, only);
}

static PyObject *file_of(const struct hr_state *state,
                         const struct hr_class_change *change)
{
    PyObject *file;

    if (change->function != NULL) {
        return ((PyCodeObject *)PyFunction_GET_CODE(change->function))->co_filename;
    }
    file = PyDict_GetItemString(change->globals, "__file__");
    return file != NULL && PyUnicode_Check(file) ? hr_origin_running(state, file)
                                                 : NULL;
}

static int add(struct looking *looking, const struct hr_class_change *change)
{
    struct hr_class_change *slot = hr_array_push(looking->changes);

    if (slot == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    *slot = *change;
    Py_INCREF(slot->type);
    Py_INCREF(slot->globals);
    Py_XINCREF(slot->function);
    Py_INCREF(slot->name);
    Py_INCREF(slot->before);
    Py_INCREF(slot->now);
    return 0;
}

static int look_at_type(struct looking *looking, PyObject *type)
{
    struct hr_class_change change = {.type = type};
    PyObject *file, *entry;
    int status = 0;

    change.function = own_function(looking->state, (PyTypeObject *)type);
    change.globals = change.function != NULL
                         ? Py_NewRef(PyFunction_GET_GLOBALS(change.function))
                         : module_globals((PyTypeObject *)type);
    file = change.globals == NULL ? NULL : file_of(looking->state, &change);
    entry = file == NULL ? NULL : PyDict_GetItemWithError(looking->files, file);
    change.name = entry == NULL ? NULL : plain_name((PyTypeObject *)type);
    if (change.name != NULL &&
        PySet_Contains(PyTuple_GET_ITEM(entry, 1), change.name) == 1 &&
        is_meant(looking, file, &change) && find_before(looking, file, &change)) {
        const struct hr_defs *before = hr_source_outline(change.before);
        const struct hr_defs *now;

        change.now = (hr_source *)PyTuple_GET_ITEM(entry, 0);
        now = hr_source_outline(change.now);
        change.def = hr_likeness_find_class(now, before, change.old_def);
        if (change.def != HR_NONE &&
            hr_likeness_classes_differ(before, change.old_def, now, change.def)) {
            status = add(looking, &change);
        }
    }
    PyErr_Clear();
    Py_XDECREF(change.name);
    Py_XDECREF(change.globals);
    Py_XDECREF(change.function);
    return status;
}

/* Every class below `type`, each once. */
static int look_below(struct looking *looking, PyObject *type)
{
    PyObject *below =
        PyObject_CallMethod((PyObject *)&PyType_Type, "__subclasses__", "O", type);
    int status = below == NULL ? -1 : 0;

    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(below); i++) {
        PyObject *inner = PyList_GET_ITEM(below, i);
        PyObject *id = PyLong_FromVoidPtr(inner);
        int known = id == NULL ? -1 : PySet_Contains(looking->seen, id);

        if (known == 0 && (status = PySet_Add(looking->seen, id)) == 0) {
            if (PyType_HasFeature((PyTypeObject *)inner, Py_TPFLAGS_HEAPTYPE)) {
                status = look_at_type(looking, inner);
            }
            if (status == 0 &&
                Py_EnterRecursiveCall(" while looking for classes") == 0) {
                status = look_below(looking, inner);
                Py_LeaveRecursiveCall();
            }
        }
        status = known < 0 ? -1 : status;
        Py_XDECREF(id);
    }
    Py_XDECREF(below);
    return status;
}

static int by_place(const void *a, const void *b)
{
    const struct hr_class_change *left = a;
    const struct hr_class_change *right = b;
    int order = PyUnicode_Compare(left->now->filename, right->now->filename);

    return order != 0 ? order : (left->def > right->def) - (left->def < right->def);
}

int hr_classes_changed(struct hr_state *state, const struct hr_crash *crash,
                       PyObject *only, struct hr_array *changes)
{
    struct looking looking = {
        .state = state, .crash = crash, .only = only, .changes = changes};
    int status = -1;

    looking.files = PyDict_New();
    looking.seen = PySet_New(NULL);
    if (looking.files != NULL && looking.seen != NULL) {
        status = look_at_files(&looking);
    }
    if (status == 0 && PyDict_GET_SIZE(looking.files) > 0) {
        status = look_below(&looking, (PyObject *)&PyBaseObject_Type);
    }
    if (status == 0 && changes->count > 1) {
        qsort(changes->items, changes->count, changes->item_size, by_place);
    }
    Py_XDECREF(looking.files);
    Py_XDECREF(looking.seen);
    return status;
}

void hr_classes_finish(struct hr_array *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        struct hr_class_change *change = hr_array_at(changes, i);

        Py_DECREF(change->type);
        Py_DECREF(change->globals);
        Py_XDECREF(change->function);
        Py_DECREF(change->name);
        Py_DECREF(change->before);
        Py_DECREF(change->now);
    }
    hr_array_finish(changes);
}

/* A version that no class is at any more need not be compared with what is on disk. */
static void mark_merged(struct hr_state *state, hr_source *left)
{
    PyObject *entry;
    Py_ssize_t at = 0;

    if (left != NULL) {
        left->merged = false;
    }
    while (PyDict_Next(state->classes, &at, NULL, &entry)) {
        ((hr_source *)PyTuple_GET_ITEM(entry, 1))->merged = true;
    }
}

int hr_classes_keep(struct hr_state *state, const struct hr_class_change *change)
{
    PyObject *id = PyLong_FromVoidPtr(change->type);
    PyObject *reference = PyWeakref_NewRef(change->type, NULL);
    PyObject *entry =
        reference == NULL ? NULL : PyTuple_Pack(2, reference, (PyObject *)change->now);
    int status = -1;

    if (state->classes == NULL) {
        state->classes = PyDict_New();
    }
    if (id != NULL && entry != NULL && state->classes != NULL &&
        hr_source_keep(state, change->now) == 0) {
        status = PyDict_SetItem(state->classes, id, entry);
        mark_merged(state, change->before);
    }
    Py_XDECREF(id);
    Py_XDECREF(reference);
    Py_XDECREF(entry);
    return status;
}
