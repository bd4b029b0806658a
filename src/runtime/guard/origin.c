#include "runtime/guard/origin.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lines.h"
#include "rewrite/decorate.h"
#include "runtime/compat.h"
#include "runtime/guard/halftyped.h"

static const char *text_of(const struct hr_bytes *bytes)
{
    return bytes->data != NULL ? bytes->data : "";
}

/* Appends the text without what hr-instrument put in; `map` may be NULL. */
static bool strip(const struct hr_bytes *text, struct hr_bytes *out,
                  struct hr_line_map *map, struct hr_error *err)
{
    struct hr_defs defs;
    struct hr_edits edits;
    hr_defs_init(&defs);
    hr_edits_init(&edits);
    bool ok = hr_defs_collect(&defs, text_of(text), text->size, HR_DEFS_OUTLINE, err) &&
              hr_strip(&defs, &edits, NULL, err) &&
              hr_edits_apply(&edits, text_of(text), text->size, out, map, err) &&
              (!out->failed || hr_error_memory(err));
    hr_edits_finish(&edits);
    hr_defs_finish(&defs);
    return ok;
}

static bool add_edits(const struct hr_defs *defs, const char *path,
                      const struct hr_decorate_options *options, struct hr_edits *edits,
                      struct hr_error *err)
{
    return hr_decorate(defs, options, edits, NULL, err) &&
           hr_add_origin(defs->text, defs->size, path, edits, err);
}

/* How the copy was made. */
struct recipe {
    struct hr_decorate_options options;
    struct hr_defs defs; /* the copy's */
    uint32_t next;       /* of them: most are asked about in their order */
};

/* Whether the copy has it wrapped; what it does not have stands in no selection. */
static bool is_wrapped(void *context, const struct hr_defs *defs, uint32_t def)
{
    struct recipe *recipe = context;
    const struct hr_defs *copy = &recipe->defs;
    const char *name = hr_defs_qualname(defs, def);
    uint32_t ordinal = hr_defs_at(defs, def)->ordinal;
    uint32_t count = (uint32_t)copy->defs.count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = (recipe->next + i) % count;
        if (hr_defs_at(copy, at)->ordinal == ordinal &&
            strcmp(hr_defs_qualname(copy, at), name) == 0) {
            recipe->next = at;
            return hr_was_wanted(copy, at);
        }
    }
    return true;
}

/* Whether the options make the copy again of what strip leaves of it. */
static bool make_again(const struct recipe *recipe, const hr_source *copy,
                       const struct hr_defs *plain, const char *path, bool *same,
                       struct hr_error *err)
{
    struct hr_bytes again;
    struct hr_edits edits;
    hr_bytes_init(&again);
    hr_edits_init(&edits);
    bool ok = add_edits(plain, path, &recipe->options, &edits, err) &&
              hr_edits_apply(&edits, plain->text, plain->size, &again, NULL, err);
    *same = ok && hr_bytes_equal(&again, &copy->text);
    hr_edits_finish(&edits);
    hr_bytes_finish(&again);
    return ok;
}

/* With which options the copy was made: the first that make it again, hr-instrument's
 * defaults if none do.  --include and --exclude are not known, but what they chose. */
static bool choose(struct recipe *recipe, const hr_source *copy, const char *path,
                   struct hr_error *err)
{
    struct hr_bytes bytes;
    struct hr_defs plain;
    bool found = false;
    hr_bytes_init(&bytes);
    hr_defs_init(&plain);
    bool ok = strip(&copy->text, &bytes, NULL, err) &&
              hr_defs_collect(&plain, text_of(&bytes), bytes.size, HR_DEFS_SUPERS, err);
    for (unsigned i = 0; ok && !found && i < 10; i++) {
        bool module = (i & 2) != 0;
        recipe->options = (struct hr_decorate_options){
            .style = module ? HR_STYLE_MODULE : HR_STYLE_DECORATORS,
            .explicit_super = ((i & 1) != 0) == module,
            .nested = (i & 4) == 0,
            .wanted = i >= 8 ? is_wrapped : NULL,
            .context = recipe,
        };
        ok = (i != 8 || hr_defs_collect(&recipe->defs, text_of(&copy->text),
                                        copy->text.size, HR_DEFS_OUTLINE, err)) &&
             make_again(recipe, copy, &plain, path, &found, err);
    }
    if (!found) {
        recipe->options = (struct hr_decorate_options){
            .style = HR_STYLE_DECORATORS, .explicit_super = true, .nested = true};
    }
    hr_defs_finish(&plain);
    hr_bytes_finish(&bytes);
    return ok;
}

/* The definitions of the origin's text, which may be half typed: lines that cannot be
 * read are blanked in `text`, and no other byte of it changes. */
static bool collect_around_errors(struct hr_bytes *text, struct hr_defs *defs,
                                  struct hr_error *err)
{
    for (int i = 0;; i++) {
        struct hr_error found = {0};
        size_t indent = 0;
        if (hr_defs_collect(defs, text_of(text), text->size, HR_DEFS_SUPERS, &found)) {
            return true;
        }
        if (found.kind == HR_ERROR_MEMORY || i == HR_MOST_LEFT_OUT ||
            hr_half_typed_leave_out(text, found.line, found.message, &indent) == 0) {
            *err = found;
            return false;
        }
        hr_defs_finish(defs);
        hr_defs_init(defs);
    }
}

/* Appends the origin's text as the copy was instrumented, what is half typed in it as
 * it stands. */
static bool instrument_origin(const struct hr_bytes *text, const char *path,
                              const struct recipe *recipe, hr_source *made,
                              struct hr_error *err)
{
    struct hr_bytes readable;
    struct hr_defs defs;
    hr_bytes_init(&readable);
    hr_defs_init(&defs);
    hr_bytes_append(&readable, text_of(text), text->size);
    bool ok = (!readable.failed || hr_error_memory(err)) &&
              collect_around_errors(&readable, &defs, err);
    struct hr_edits edits;
    hr_edits_init(&edits);
    ok = ok && add_edits(&defs, path, &recipe->options, &edits, err) &&
         hr_edits_apply(&edits, text_of(text), text->size, &made->text,
                        &made->from_origin, err) &&
         (hr_bytes_reserve(&made->text, 1) || hr_error_memory(err));
    hr_edits_finish(&edits);
    hr_defs_finish(&defs);
    hr_bytes_finish(&readable);
    return ok;
}

/* The version of the copy that the origin's text makes. */
static hr_source *instrumented(struct hr_state *state, const hr_source *copy,
                               const hr_source *origin, const char *path)
{
    struct recipe recipe = {.next = 0};
    struct hr_error err = {0};
    hr_source *made = hr_source_new(state, copy->filename, "", 0);
    if (made == NULL) {
        return NULL;
    }
    hr_defs_init(&recipe.defs);
    bool ok = choose(&recipe, copy, path, &err) &&
              instrument_origin(&origin->text, path, &recipe, made, &err);
    hr_defs_finish(&recipe.defs);
    if (!ok) {
        Py_DECREF(made);
        hr_error_raise(&err, origin->filename);
        return NULL;
    }
    made->text.data[made->text.size] = '\0';
    made->origin = Py_NewRef(copy->origin);
    made->origin_mtime = origin->mtime;
    made->origin_size = origin->file_size;
    made->owner = copy->owner;
    made->folder_owner = copy->folder_owner;
    return made;
}

static hr_source *newest_of(struct hr_state *state, PyObject *filename)
{
    PyObject *versions = PyDict_GetItemWithError(state->sources, filename);
    Py_ssize_t count = versions != NULL ? PyList_GET_SIZE(versions) : 0;
    return count > 0 ? (hr_source *)PyList_GET_ITEM(versions, count - 1) : NULL;
}

static bool is_origin_unchanged(const hr_source *source, const char *path)
{
    struct stat st;
    return source->origin_mtime != 0 && stat(path, &st) == 0 &&
           source->origin_mtime == hr_source_mtime(&st) &&
           source->origin_size == (long long)st.st_size;
}

/* The origin cannot be read, as the exception that is set says: the copy then. */
static hr_source *copy_itself(struct hr_state *state, hr_source *copy, bool fresh)
{
    PyObject *error = hr_compat_take_exception();
    PyObject *text = error != NULL ? PyObject_Str(error) : NULL;
    const char *why = text != NULL ? PyUnicode_AsUTF8(text) : NULL;
    const char *name = PyUnicode_AsUTF8(copy->filename);
    if (!copy->origin_said && why != NULL && name != NULL) {
        hr_remark("%s; %s is reloaded as it is", why, name);
    }
    copy->origin_said = true;
    PyErr_Clear();
    Py_XDECREF(text);
    Py_XDECREF(error);
    hr_source *source = fresh ? hr_source_read(state, copy->filename)
                              : hr_source_current(state, copy->filename);
    if (source != NULL) {
        source->origin_said = true;
    }
    return source;
}

static hr_source *of_origin(struct hr_state *state, hr_source *copy, bool fresh)
{
    PyObject *path = NULL;
    hr_source *source = NULL;
    if (!PyUnicode_FSConverter(copy->origin, &path)) {
        return NULL;
    }
    if (!fresh && is_origin_unchanged(copy, PyBytes_AS_STRING(path))) {
        Py_DECREF(path);
        return (hr_source *)Py_NewRef((PyObject *)copy);
    }
    hr_source *origin = hr_source_read_for(state, copy->filename, copy->origin);
    if (origin != NULL) {
        source = instrumented(state, copy, origin, PyBytes_AS_STRING(path));
        Py_DECREF(origin);
    } else if (copy->from_origin.lines.count == 0 &&
               PyErr_ExceptionMatches(PyExc_OSError)) {
        /* Once an edit of it has run, the copy would take that back. */
        source = copy_itself(state, copy, fresh);
    }
    if (!fresh && source != NULL && source != copy &&
        hr_bytes_equal(&source->text, &copy->text)) {
        copy->origin_mtime = source->origin_mtime;
        copy->origin_size = source->origin_size;
        Py_SETREF(source, (hr_source *)Py_NewRef((PyObject *)copy));
    }
    Py_DECREF(path);
    return source;
}

hr_source *hr_origin_current(struct hr_state *state, PyObject *filename, bool fresh)
{
    hr_source *source = (hr_source *)Py_XNewRef((PyObject *)newest_of(state, filename));
    if (source == NULL || source->origin == NULL) {
        Py_XDECREF(source);
        source = fresh ? hr_source_read(state, filename)
                       : hr_source_current(state, filename);
    }
    if (source != NULL && source->origin != NULL) {
        Py_SETREF(source, of_origin(state, source, fresh));
    }
    return source;
}

PyObject *hr_origin_of(struct hr_state *state, PyObject *filename)
{
    hr_source *newest = newest_of(state, filename);
    PyObject *path = NULL;
    struct stat st;
    PyErr_Clear();
    if (newest == NULL || newest->origin == NULL) {
        return NULL;
    }
    bool there = PyUnicode_FSConverter(newest->origin, &path) &&
                 stat(PyBytes_AS_STRING(path), &st) == 0 && S_ISREG(st.st_mode);
    PyErr_Clear();
    Py_XDECREF(path);
    return there ? Py_NewRef(newest->origin) : NULL;
}

PyObject *hr_origin_told(const hr_source *source, uint32_t *line)
{
    size_t count = source->from_origin.lines.count;
    if (count == 0 || source->origin == NULL) {
        return source->filename;
    }
    size_t at = *line > 0 ? *line - 1 : 0;
    struct hr_line_origin found = hr_line_map_at(&source->from_origin, at);
    while (found.origin == HR_ORIGIN_NONE && at < count) {
        found = hr_line_map_at(&source->from_origin, ++at);
    }
    *line = found.line + 1;
    return source->origin;
}

bool hr_origin_line(const hr_source *source, uint32_t *line)
{
    struct hr_error err = {0};
    struct hr_bytes bytes;
    struct hr_line_map map;
    bool found = source->from_origin.lines.count > 0;
    if (found || source->origin == NULL || *line == 0) {
        hr_origin_told(source, line);
        return found;
    }
    hr_bytes_init(&bytes);
    hr_line_map_init(&map);
    bool ok = strip(&source->text, &bytes, &map, &err);
    for (size_t i = 0; ok && !found && i < map.lines.count; i++) {
        struct hr_line_origin of_copy = hr_line_map_at(&map, i);
        if (of_copy.origin == HR_ORIGIN_EXACT && of_copy.line >= *line - 1) {
            *line = (uint32_t)i + 1;
            found = true;
        }
    }
    hr_line_map_finish(&map);
    hr_bytes_finish(&bytes);
    return found;
}

/* Whoever may change the copy may change the origin, or could not before either. */
static bool is_as_trusted(const hr_source *copy, const hr_source *origin)
{
    return origin->owner == copy->owner || origin->owner == geteuid() ||
           origin->owner == 0;
}

static bool is_decorator(const char *text, struct hr_span line)
{
    size_t at = line.start;
    while (at < line.end && (text[at] == ' ' || text[at] == '\t')) {
        at++;
    }
    return at < line.end && text[at] == '@';
}

/* Notes where what begins on a line of the origin begins in the copy: with the
 * decorators that were put in above it.  False without memory. */
static bool note_lines(hr_source *origin, const hr_source *copy,
                       const struct hr_line_map *map, struct hr_error *err)
{
    struct hr_lines lines;
    const char *text = text_of(&copy->text);
    size_t above = 0; /* the first line of the copy that is not one of the origin's */
    if (!hr_lines_init(&lines, text, copy->text.size, err)) {
        return false;
    }
    for (size_t i = 0; i < map->lines.count; i++) {
        uint32_t line = hr_line_map_at(map, i).line;
        uint32_t *first = hr_array_push(&origin->in_copy);
        if (first == NULL) {
            break;
        }
        *first = line;
        while (*first > above &&
               is_decorator(text, hr_lines_span(&lines, *first - 1))) {
            --*first;
        }
        above = line + 1;
    }
    hr_lines_finish(&lines);
    return !origin->in_copy.failed || hr_error_memory(err);
}

static bool note_copy(struct hr_state *state, PyObject *copy, PyObject *origin)
{
    if (state->copies == NULL) {
        state->copies = PyDict_New();
    }
    bool done =
        state->copies != NULL && PyDict_SetItem(state->copies, copy, origin) == 0;
    PyErr_Clear();
    return done;
}

PyObject *hr_origin_running(const struct hr_state *state, PyObject *file)
{
    PyObject *origin =
        state->copies != NULL ? PyDict_GetItemWithError(state->copies, file) : NULL;
    PyErr_Clear();
    return origin != NULL ? origin : file;
}

uint32_t hr_origin_copy_line(const void *source, uint32_t line)
{
    const struct hr_array *in_copy = &((const hr_source *)source)->in_copy;
    return line > 0 && line <= in_copy->count
               ? *(uint32_t *)hr_array_at(in_copy, line - 1) + 1
               : line;
}

hr_source *hr_origin_instead(struct hr_state *state, hr_source *copy)
{
    struct hr_error err = {0};
    struct hr_bytes bytes;
    struct hr_line_map map;
    hr_source *origin = NULL;
    bool same = false;
    if (copy->origin != NULL) {
        origin = hr_source_read_for(state, copy->filename, copy->origin);
        PyErr_Clear();
    }
    if (origin != NULL) {
        hr_bytes_init(&bytes);
        hr_line_map_init(&map);
        same = is_as_trusted(copy, origin) && origin->origin == NULL &&
               strip(&copy->text, &bytes, &map, &err) &&
               hr_bytes_equal(&bytes, &origin->text) &&
               note_lines(origin, copy, &map, &err);
        hr_line_map_finish(&map);
        hr_bytes_finish(&bytes);
    }
    same = same && note_copy(state, copy->filename, origin->filename);
    if (!same) {
        Py_XDECREF((PyObject *)origin);
        origin = (hr_source *)Py_NewRef((PyObject *)copy);
    }
    return origin;
}

void hr_origin_blame(const hr_source *source)
{
    if (source->from_origin.lines.count == 0 ||
        !PyErr_ExceptionMatches(PyExc_SyntaxError)) {
        return;
    }
    PyObject *error = hr_compat_take_exception();
    PyObject *value = PyObject_GetAttrString(error, "lineno");
    PyObject *named = PyObject_GetAttrString(error, "filename");
    bool ours = named != NULL && PyUnicode_Check(named) &&
                PyUnicode_Compare(named, source->filename) == 0;
    if (ours && value != NULL && PyLong_Check(value)) {
        uint32_t line = (uint32_t)PyLong_AsUnsignedLongMask(value);
        PyObject *path = hr_origin_told(source, &line);
        Py_SETREF(value, PyLong_FromUnsignedLong(line));
        if (value == NULL || PyObject_SetAttrString(error, "lineno", value) < 0 ||
            PyObject_SetAttrString(error, "filename", path) < 0) {
            PyErr_Clear();
        }
    }
    Py_XDECREF(named);
    Py_XDECREF(value);
    PyErr_Clear();
    hr_compat_put_exception(error);
}
