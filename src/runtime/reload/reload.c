#include "runtime/reload/reload.h"

#include <string.h>

#include "base/lines.h"
#include "runtime/compat.h"
#include "runtime/reload/functions.h"
#include "runtime/reload/likeness.h"
#include "runtime/guard/load.h"
#include "runtime/guard/halftyped.h"
#include "runtime/guard/origin.h"

static long attribute_number(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);
    long number = value != NULL && PyLong_Check(value) ? PyLong_AsLong(value) : 0;

    Py_XDECREF(value);
    PyErr_Clear();
    return number;
}

static PyObject *attribute_text(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);

    if (value == NULL || !PyUnicode_Check(value)) {
        PyErr_Clear();
        Py_XDECREF(value);
        value = PyObject_Str(object);
    }
    return value;
}

/* What an OSError says, without the name that it may begin with. */
static PyObject *os_error_text(PyObject *error, PyObject *filename)
{
    PyObject *text = attribute_text(error, "strerror");
    PyObject *name = PyUnicode_FromFormat("%U: ", filename);

    if (text != NULL && name != NULL &&
        PyUnicode_Tailmatch(text, name, 0, PY_SSIZE_T_MAX, -1) == 1) {
        Py_SETREF(text, PyUnicode_Substring(text, PyUnicode_GET_LENGTH(name),
                                            PyUnicode_GET_LENGTH(text)));
    }
    Py_XDECREF(name);
    return text;
}

/* The file that a SyntaxError tells of: a copy's origin, where that was read. */
static PyObject *named_file(PyObject *error, PyObject *filename)
{
    PyObject *named = PyObject_GetAttrString(error, "filename");

    if (named == NULL || !PyUnicode_Check(named) || PyUnicode_GET_LENGTH(named) == 0 ||
        PyUnicode_READ_CHAR(named, 0) != '/') {
        PyErr_Clear();
        Py_XSETREF(named, Py_NewRef(filename));
    }
    return named;
}

long hr_reload_failed_line(PyObject *traceback, PyObject *filename)
{
    long line = 0;

    for (PyTracebackObject *at = (PyTracebackObject *)traceback; at != NULL;
         at = at->tb_next) {
        PyCodeObject *code = PyFrame_GetCode(at->tb_frame);

        if (PyUnicode_Compare(code->co_filename, filename) == 0) {
            line = PyCode_Addr2Line(code, at->tb_lasti);
        }
        Py_DECREF(code);
    }
    return line;
}

/* "file:line:1", where a statement of that file failed; else the file's name. */
static PyObject *place_in(PyObject *traceback, PyObject *filename)
{
    long line = hr_reload_failed_line(traceback, filename);

    return line > 0 ? PyUnicode_FromFormat("%U:%ld:1", filename, line)
                    : Py_NewRef(filename);
}

PyObject *hr_reload_describe(PyObject *filename)
{
    PyObject *type;
    PyObject *value;
    PyObject *traceback;
    PyObject *message = NULL;
    PyObject *text = NULL;
    PyObject *named = NULL;

    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (value == NULL) {
        message = PyUnicode_FromFormat("%U: error: cannot be reloaded", filename);
    } else if (PyErr_GivenExceptionMatches(value, PyExc_SyntaxError)) {
        text = attribute_text(value, "msg");
        named = named_file(value, filename);
        message = text == NULL
                      ? NULL
                      : PyUnicode_FromFormat("%U:%ld:%ld: error: %U", named,
                                             attribute_number(value, "lineno"),
                                             attribute_number(value, "offset"), text);
    } else if (PyErr_GivenExceptionMatches(value, PyExc_OSError)) {
        text = os_error_text(value, filename);
        message =
            text == NULL ? NULL : PyUnicode_FromFormat("%U: error: %U", filename, text);
    } else {
        text = PyObject_Str(value);
        named = place_in(traceback, filename);
        message = text == NULL || named == NULL
                      ? NULL
                      : PyUnicode_FromFormat("%U: error: %s: %U", named,
                                             Py_TYPE(value)->tp_name, text);
    }
    Py_XDECREF(named);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return message;
}

static PyObject *not_found(const hr_source *source, const struct hr_defs *defs,
                           PyObject *qualname, const char *name)
{
    uint32_t near = hr_likeness_nearest(defs, name);
    uint32_t line = near == HR_NONE ? 1 : hr_defs_at(defs, near)->line + 1;
    PyObject *filename = hr_origin_told(source, &line);

    if (near == HR_NONE) {
        return PyUnicode_FromFormat("%U: error: no definition of %U", filename,
                                    qualname);
    }
    return PyUnicode_FromFormat(
        "%U:%lu:1: error: no definition of %U; the nearest is %s", filename,
        (unsigned long)line, qualname, hr_defs_qualname(defs, near));
}

static long changes(const struct hr_defs *before, uint32_t old_def,
                    const struct hr_defs *now, uint32_t def)
{
    struct hr_span old_span;
    struct hr_span span = hr_defs_at(now, def)->span;

    if (before == NULL || old_def == HR_NONE) {
        return 1;
    }
    old_span = hr_defs_at(before, old_def)->span;
    return hr_likeness_changes(before->text + old_span.start, hr_span_size(old_span),
                               now->text + span.start, hr_span_size(span));
}

struct blanks { /* 0-based lines that were left out */
    uint32_t lines[HR_MOST_LEFT_OUT];
    size_t indents[HR_MOST_LEFT_OUT]; /* where their text began, in bytes */
    int count;
    PyObject *problem; /* what was said of the first */
};

/* The span of a 1-based line. */
static struct hr_span line_span(const hr_source *source, long line)
{
    size_t above = line > 0 ? (size_t)line - 1 : 0;
    size_t start = hr_line_skip(source->text.data, source->text.size, 0, above);

    return hr_span(start, hr_line_end(source->text.data, source->text.size, start));
}

/* Blanks the line that the SyntaxError that is set tells of; false if it has none.
 * The exception is cleared, its text kept if it is the first. */
static bool leave_out_line(hr_source *source, struct blanks *blanks)
{
    PyObject *exception = hr_compat_take_exception();
    long line = exception == NULL ? 0 : attribute_number(exception, "lineno");
    PyObject *text = exception == NULL ? NULL : attribute_text(exception, "msg");
    const char *message = text == NULL ? NULL : PyUnicode_AsUTF8(text);
    uint32_t blanked = 0;

    hr_compat_put_exception(exception);
    if (exception != NULL && message != NULL && line > 0 &&
        blanks->count < HR_MOST_LEFT_OUT && PyErr_ExceptionMatches(PyExc_SyntaxError)) {
        if (blanks->problem == NULL) {
            hr_origin_blame(source);
            blanks->problem = hr_reload_describe(source->filename);
        }
        PyErr_Clear();
        blanked = hr_half_typed_leave_out(&source->text, (uint32_t)line, message,
                                          &blanks->indents[blanks->count]);
    }
    Py_XDECREF(text);
    if (blanked > 0) {
        blanks->lines[blanks->count++] = blanked - 1;
    }
    return blanked > 0;
}

/*
 * The definitions of a file that may be half typed: an open bracket or string would
 * make all that follows unreadable, so its line is left out.  The definition that is
 * wanted may not have lost a line; see is_whole.
 */
static const struct hr_defs *defs_around_errors(hr_source *source,
                                                struct blanks *blanks)
{
    const struct hr_defs *defs;

    do {
        defs = hr_source_outline(source);
    } while (defs == NULL && leave_out_line(source, blanks));
    return defs;
}

hr_source *hr_reload_readable(struct hr_state *state, PyObject *filename)
{
    hr_source *source = hr_origin_current(state, filename, false);
    struct blanks blanks = {.count = 0};

    if (source != NULL && hr_source_outline(source) == NULL) {
        PyErr_Clear();
        Py_SETREF(source, hr_origin_current(state, filename, true));
        if (source != NULL) {
            source->half_typed = defs_around_errors(source, &blanks) != NULL;
            PyErr_Clear();
        }
        Py_XDECREF(blanks.problem);
    }
    return source;
}

/* Whether a line that was left out stood in the definition, at its end: nothing comes
 * between that is no part of it. */
static bool follows(const hr_source *source, const struct hr_def *def,
                    const struct blanks *blanks, int which)
{
    size_t end = line_span(source, (long)blanks->lines[which] + 1).start;
    size_t indent = hr_span_size(def->indent);

    for (int i = 0; i < blanks->count; i++) {
        if (blanks->lines[i] > def->end_line &&
            blanks->lines[i] <= blanks->lines[which] && blanks->indents[i] <= indent) {
            return false;
        }
    }
    for (size_t i = def->span.end; i < end; i++) {
        if (strchr(" \t\f\r\n", source->text.data[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool is_whole(const hr_source *source, const struct hr_def *def,
                     const struct blanks *blanks)
{
    for (int i = 0; i < blanks->count; i++) {
        uint32_t line = blanks->lines[i];

        if (line >= def->first_line &&
            (line <= def->end_line || follows(source, def, blanks, i))) {
            return false;
        }
    }
    return true;
}

static bool find_changed(hr_source *source, PyObject *qualname, const char *name,
                         const struct hr_defs *before, uint32_t old_def,
                         struct hr_reload *reload)
{
    struct blanks blanks = {.count = 0};
    const struct hr_defs *now = defs_around_errors(source, &blanks);

    if (now != NULL) {
        reload->def = hr_likeness_find(now, name, before, old_def);
        if (blanks.count > 0 &&
            (reload->def == HR_NONE ||
             !is_whole(source, hr_defs_at(now, reload->def), &blanks))) {
            reload->problem = Py_XNewRef(blanks.problem);
        } else if (reload->def == HR_NONE) {
            reload->problem = not_found(source, now, qualname, name);
        }
    } else if (blanks.problem != NULL) {
        PyErr_Clear();
        reload->problem = Py_NewRef(blanks.problem);
    }
    Py_XDECREF(blanks.problem);
    return now != NULL && reload->problem == NULL;
}

/* Fills *reload from a version that differs from the loaded one. */
static bool load_changed(struct hr_state *state, PyCodeObject *code, PyObject *qualname,
                         hr_source *old_source, hr_source *source,
                         struct hr_reload *reload)
{
    const struct hr_defs *now;
    const struct hr_defs *before = NULL;
    uint32_t old_def = HR_NONE;
    const char *name = PyUnicode_AsUTF8(qualname);

    if (name == NULL) {
        return false;
    }
    if (old_source != NULL) {
        before = hr_source_outline(old_source);
        old_def = before == NULL ? HR_NONE : hr_source_def_of(old_source, code);
        PyErr_Clear();
    }
    if (!find_changed(source, qualname, name, before, old_def, reload)) {
        return false;
    }
    now = hr_source_outline(source);
    reload->code =
        hr_load_definition(state, source, reload->def, code->co_flags & PyCF_MASK);
    if (reload->code == NULL) {
        return false;
    }
    reload->source = (hr_source *)Py_NewRef(source);
    reload->line = hr_defs_at(now, reload->def)->line + 1;
    reload->changed = changes(before, old_def, now, reload->def);
    reload->edited = true;
    return true;
}

bool hr_reload(struct hr_state *state, PyCodeObject *code, PyObject *qualname,
               struct hr_reload *reload)
{
    PyCodeObject *latest = hr_functions_latest(state, code);
    hr_source *old_source = hr_source_of(state, latest);
    hr_source *source;
    bool done;

    *reload = (struct hr_reload){.def = HR_NONE};
    source = hr_origin_current(state, latest->co_filename, true);
    if (source == NULL) {
        bool gone = PyErr_ExceptionMatches(PyExc_OSError);

        reload->problem = hr_reload_describe(latest->co_filename);
        if (gone && reload->problem != NULL) {
            Py_SETREF(reload->problem,
                      PyUnicode_FromFormat("%U; %U was looked for there",
                                           reload->problem, qualname));
        }
        return false;
    }
    if (old_source != NULL && hr_bytes_equal(&old_source->text, &source->text)) {
        reload->code = (PyCodeObject *)Py_NewRef(latest);
        reload->source = (hr_source *)Py_NewRef(old_source);
        reload->def = hr_source_def_of(old_source, latest);
        reload->line = (uint32_t)latest->co_firstlineno;
        done = true;
    } else {
        Py_XINCREF(old_source);
        done = load_changed(state, latest, qualname, old_source, source, reload);
        Py_XDECREF(old_source);
    }
    if (!done && reload->problem == NULL) {
        hr_origin_blame(source);
        reload->problem = hr_reload_describe(latest->co_filename);
    }
    PyErr_Clear();
    Py_DECREF(source);
    return done;
}

void hr_reload_finish(struct hr_reload *reload)
{
    Py_CLEAR(reload->code);
    Py_CLEAR(reload->source);
    Py_CLEAR(reload->problem);
}
