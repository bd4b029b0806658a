#define _GNU_SOURCE /* strdup, strndup */
#include "runtime/guard/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/block.h"
#include "base/file.h"
#include "base/lines.h"
#include "rewrite/decorate.h"
#include "runtime/compat.h"
#include "runtime/guard/encoding.h"
#include "runtime/guard/identifiers.h"

static void dealloc(PyObject *self)
{
    hr_source *source = (hr_source *)self;
    PyTypeObject *type = Py_TYPE(self);
    Py_CLEAR(source->filename);
    Py_CLEAR(source->codes);
    Py_CLEAR(source->plain);
    Py_CLEAR(source->rebound);
    Py_CLEAR(source->origin);
    hr_line_map_finish(&source->from_origin);
    hr_array_finish(&source->in_copy);
    hr_defs_finish(&source->defs);
    hr_bytes_finish(&source->text);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot slots[] = {
    {Py_tp_dealloc, dealloc},
    {0, NULL},
};

PyType_Spec hr_source_spec = {
    .name = "hot_restart._Source",
    .basicsize = sizeof(hr_source),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = slots,
};

/* ---- versions ---- */

hr_source *hr_source_new(struct hr_state *state, PyObject *filename, const char *data,
                         Py_ssize_t size)
{
    hr_source *source =
        (hr_source *)state->source_type->tp_alloc(state->source_type, 0);
    if (source == NULL) {
        return NULL;
    }
    source->filename = Py_NewRef(filename);
    hr_defs_init(&source->defs);
    hr_bytes_init(&source->text);
    hr_line_map_init(&source->from_origin);
    hr_array_init(&source->in_copy, sizeof(uint32_t));
    if (hr_encoding_decode(filename, data, size, &source->text) < 0) {
        Py_DECREF(source);
        return NULL;
    }
    if (!hr_bytes_reserve(&source->text, 1)) {
        Py_DECREF(source);
        PyErr_NoMemory();
        return NULL;
    }
    source->text.data[source->text.size] = '\0';
    return source;
}

long long hr_source_mtime(const struct stat *st)
{
    return (long long)st->st_mtim.tv_sec * 1000000000LL + st->st_mtim.tv_nsec;
}

/* The list of versions of a file (borrowed); NULL without an exception if none. */
static PyObject *versions_of(struct hr_state *state, PyObject *filename)
{
    return PyDict_GetItemWithError(state->sources, filename);
}

/* Where the file of that name (bytes), which is not there now, was found last: new
 * reference, NULL without an exception if it is not known.  Of one that is there now
 * the place is kept. */
static PyObject *found_last(struct hr_state *state, PyObject *path)
{
    if (access(PyBytes_AS_STRING(path), F_OK) != 0) {
        return state->found != NULL ? Py_XNewRef(PyDict_GetItem(state->found, path))
                                    : NULL;
    }
    char *folder = getcwd(NULL, 0);
    PyObject *place = folder != NULL
                          ? PyBytes_FromFormat("%s/%s", folder, PyBytes_AS_STRING(path))
                          : NULL;
    free(folder);
    if (place != NULL && (state->found != NULL || (state->found = PyDict_New()))) {
        PyDict_SetItem(state->found, path, place);
    }
    PyErr_Clear();
    Py_XDECREF(place);
    return NULL;
}

/* The path to open: new reference (bytes).  The program may have gone to another folder
 * since it loaded a file by a name that begins in the current one. */
static PyObject *path_of(struct hr_state *state, PyObject *filename)
{
    PyObject *path = NULL;
    if (PyUnicode_FSConverter(filename, &path) && PyBytes_AS_STRING(path)[0] != '/') {
        PyObject *place = found_last(state, path);
        if (place != NULL) {
            Py_SETREF(path, place);
        }
    }
    return path;
}

/* (uid_t)-1: it is not known. */
static uid_t folder_owner(const char *path)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    char *above =
        slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    bool known = above != NULL && stat(above, &st) == 0;
    free(above);
    return known ? st.st_uid : (uid_t)-1;
}

/* A file that was removed from a folder where others may write, or with its folder, and
 * made again by another user, is not what this program was started with.  Who owned the
 * file or the folder then could have had its own way at the start.  Of an origin, which
 * is read for the first time now, the folder of now is asked. */
static bool has_old_owner(struct hr_state *state, PyObject *filename, bool is_origin,
                          const char *path, const struct stat *st)
{
    PyObject *versions = versions_of(state, filename);
    const hr_source *first = versions != NULL && PyList_GET_SIZE(versions) > 0
                                 ? (const hr_source *)PyList_GET_ITEM(versions, 0)
                                 : NULL;
    if (first == NULL || (first->mtime == 0 && first->origin_mtime == 0) ||
        st->st_uid == geteuid() || st->st_uid == 0) {
        return true;
    }
    return st->st_uid == first->owner || st->st_uid == first->folder_owner ||
           (is_origin && st->st_uid == folder_owner(path));
}

static bool read_bytes(struct hr_state *state, PyObject *filename, PyObject *place,
                       const char *path, struct hr_bytes *bytes, struct stat *st)
{
    struct hr_error err = {0};
    if (hr_file_read_regular(path, UINT32_MAX - 1, bytes, st, &err) &&
        !has_old_owner(state, filename, place != filename, path, st)) {
        hr_error_set(&err, HR_ERROR_IO, "the file belongs to another user now");
    }
    if (err.kind != HR_ERROR_NONE && !PyErr_Occurred()) {
        hr_error_raise(&err, place);
    }
    return err.kind == HR_ERROR_NONE;
}

/* Notes the origin that the text names. */
static bool find_origin(hr_source *source)
{
    struct hr_bytes path;
    hr_bytes_init(&path);
    bool named = hr_find_origin(source->text.data, source->text.size, &path);
    if (named) {
        source->origin =
            PyUnicode_DecodeFSDefaultAndSize(path.data, (Py_ssize_t)path.size);
    }
    hr_bytes_finish(&path);
    return !named || source->origin != NULL;
}

hr_source *hr_source_read_for(struct hr_state *state, PyObject *filename,
                              PyObject *place)
{
    PyObject *path = path_of(state, place);
    if (path == NULL) {
        return NULL;
    }
    struct stat st; /* of before the bytes: what changes meanwhile is read again */
    struct hr_bytes bytes;
    hr_bytes_init(&bytes);
    hr_source *source =
        read_bytes(state, filename, place, PyBytes_AS_STRING(path), &bytes, &st)
            ? hr_source_new(state, place, bytes.data != NULL ? bytes.data : "",
                            (Py_ssize_t)bytes.size)
            : NULL;
    if (source != NULL) {
        source->mtime = hr_source_mtime(&st);
        source->file_size = (long long)st.st_size;
        source->owner = st.st_uid;
        source->folder_owner = folder_owner(PyBytes_AS_STRING(path));
        if (!find_origin(source)) {
            Py_CLEAR(source);
        }
    }
    hr_bytes_finish(&bytes);
    Py_DECREF(path);
    return source;
}

hr_source *hr_source_read(struct hr_state *state, PyObject *filename)
{
    return hr_source_read_for(state, filename, filename);
}

hr_source *hr_source_current(struct hr_state *state, PyObject *filename)
{
    PyObject *versions = versions_of(state, filename);
    PyObject *path = NULL;
    struct stat st;
    if (versions == NULL && PyErr_Occurred()) {
        return NULL;
    }
    if (versions != NULL && PyList_GET_SIZE(versions) > 0) {
        path = path_of(state, filename);
        if (path == NULL) {
            return NULL;
        }
        Py_ssize_t last = PyList_GET_SIZE(versions) - 1;
        hr_source *newest = (hr_source *)PyList_GET_ITEM(versions, last);
        while (last > 0 && newest->from_origin.lines.count > 0) {
            newest = (hr_source *)PyList_GET_ITEM(versions, --last);
        }
        bool same = newest->mtime != 0 && stat(PyBytes_AS_STRING(path), &st) == 0 &&
                    newest->mtime == hr_source_mtime(&st) &&
                    newest->file_size == (long long)st.st_size;
        Py_DECREF(path);
        if (same) {
            return (hr_source *)Py_NewRef((PyObject *)newest);
        }
    }
    return hr_source_read(state, filename);
}

const struct hr_defs *hr_source_outline(hr_source *source)
{
    if (!source->has_outline) {
        struct hr_error err = {0};
        bool ok = hr_defs_collect(&source->defs, source->text.data, source->text.size,
                                  HR_DEFS_OUTLINE, &err);
        if (!ok || hr_identifiers_normalise(&source->defs) < 0) {
            hr_defs_finish(&source->defs);
            hr_defs_init(&source->defs);
            if (!ok) {
                hr_error_raise(&err, source->filename);
            }
            return NULL;
        }
        source->has_outline = true;
    }
    return &source->defs;
}

const struct hr_defs *hr_source_detail(hr_source *source, uint32_t def)
{
    struct hr_error err = {0};
    if (hr_source_outline(source) == NULL) {
        return NULL;
    }
    if (!hr_defs_add_detail(&source->defs, def, &err)) {
        hr_error_raise(&err, source->filename);
        return NULL;
    }
    return &source->defs;
}

/* Whether classes of that name are taken to have come from the version. */
static bool has_made_class(hr_source *source, const char *name)
{
    const struct hr_defs *defs = source->ran ? hr_source_outline(source) : NULL;
    unsigned count = 0, since = 0;
    PyErr_Clear();
    for (uint32_t i = 0; defs != NULL && i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        if (def->kind == HR_DEF_CLASS && strcmp(hr_defs_qualname(defs, i), name) == 0) {
            count++;
            since += def->span.start >= source->ran_from;
        }
    }
    return count == 1 && since == 1; /* of several, another may be meant */
}

/* Whether a version after it stands for each class that may have come from it. */
static bool is_superseded(PyObject *versions, Py_ssize_t index)
{
    hr_source *source = (hr_source *)PyList_GET_ITEM(versions, index);
    const struct hr_defs *defs = hr_source_outline(source);
    bool all = defs != NULL;
    PyErr_Clear();
    for (uint32_t i = 0; all && i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        bool has = def->kind != HR_DEF_CLASS || def->span.start < source->ran_from;
        for (Py_ssize_t j = index + 1; !has && j < PyList_GET_SIZE(versions); j++) {
            has = has_made_class((hr_source *)PyList_GET_ITEM(versions, j),
                                 hr_defs_qualname(defs, i));
        }
        all = has;
    }
    return all;
}

/* No code and no class is left of it.  The first version that ran says whose file it
 * was. */
static bool is_spent(PyObject *versions, Py_ssize_t index)
{
    hr_source *version = (hr_source *)PyList_GET_ITEM(versions, index);
    return Py_REFCNT(version) == 1 && !version->merged &&
           (!version->ran || (index > 0 && is_superseded(versions, index)));
}

int hr_source_keep(struct hr_state *state, hr_source *source)
{
    PyObject *versions = versions_of(state, source->filename);
    if (versions == NULL) {
        if (PyErr_Occurred()) {
            return -1;
        }
        versions = PyList_New(0);
        if (versions == NULL) {
            return -1;
        }
        int failed = PyDict_SetItem(state->sources, source->filename, versions);
        Py_DECREF(versions);
        if (failed < 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = PyList_GET_SIZE(versions) - 1; i >= 0; i--) {
        hr_source *version = (hr_source *)PyList_GET_ITEM(versions, i);
        if (version == source) {
            return 0;
        }
        if (is_spent(versions, i) && PyList_SetSlice(versions, i, i + 1, NULL) < 0) {
            return -1;
        }
    }
    return PyList_Append(versions, (PyObject *)source);
}

static int register_code(struct hr_state *state, hr_source *source, PyCodeObject *code)
{
    void *known = NULL;
    if (hr_compat_get_code_slot(code, state->code_slot, &known) < 0) {
        return -1;
    }
    if (known != (void *)source) {
        if (hr_compat_set_code_slot(code, state->code_slot,
                                    Py_NewRef((PyObject *)source)) < 0) {
            Py_DECREF(source);
            return -1;
        }
    }
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (PyCode_Check(constant) &&
            register_code(state, source, (PyCodeObject *)constant) < 0) {
            return -1;
        }
    }
    return 0;
}

int hr_source_register(struct hr_state *state, hr_source *source, PyObject *code)
{
    if (hr_source_keep(state, source) < 0) {
        return -1;
    }
    if (PyUnicode_CompareWithASCIIString(((PyCodeObject *)code)->co_name, "<module>") ==
        0) {
        source->ran = true;
    }
    return register_code(state, source, (PyCodeObject *)code);
}

hr_source *hr_source_of(struct hr_state *state, PyCodeObject *code)
{
    void *source = NULL;
    if (hr_compat_get_code_slot(code, state->code_slot, &source) < 0) {
        PyErr_Clear();
        return NULL;
    }
    return source;
}

/* The first definition that starts in the 0-based line or below; they are in order. */
static uint32_t first_at(const struct hr_defs *defs, uint32_t line)
{
    uint32_t low = 0, high = (uint32_t)defs->defs.count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (hr_defs_at(defs, middle)->first_line < line) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

uint32_t hr_source_def_of(hr_source *source, PyCodeObject *code)
{
    const struct hr_defs *defs = hr_source_outline(source);
    if (defs == NULL) {
        PyErr_Clear();
        return HR_NONE;
    }
    const char *name = PyUnicode_AsUTF8(code->co_name);
    if (name == NULL) {
        PyErr_Clear();
        return HR_NONE;
    }
    uint32_t line = (uint32_t)code->co_firstlineno - 1;
    for (uint32_t i = first_at(defs, line); i < defs->defs.count; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        if (def->first_line != line) {
            break;
        }
        if (def->kind == HR_DEF_FUNCTION &&
            strcmp(hr_identifiers_name(defs, i), name) == 0) {
            return i;
        }
    }
    return HR_NONE;
}
