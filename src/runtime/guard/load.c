#include "runtime/guard/load.h"

#include <string.h>

#include "rewrite/extract.h"
#include "rewrite/guard.h"
#include "runtime/guard/compile.h"
#include "runtime/guard/identifiers.h"
#include "runtime/guard/rebase.h"
#include "runtime/settings.h"

/* ---- the guard ---- */

/* "@hot_restart.no_wrap", "@no_wrap" and the same of ignore. */
static bool is_refusal(const char *text, struct hr_span expression)
{
    static const char *const names[] = {"no_wrap", "ignore"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t size = strlen(names[i]);
        struct hr_span whole = expression;
        if (hr_span_size(whole) > strlen("hot_restart.") &&
            memcmp(text + whole.start, "hot_restart.", strlen("hot_restart.")) == 0) {
            whole.start += strlen("hot_restart.");
        } else if (strcmp(names[i], "ignore") == 0) {
            continue; /* alone it may be anybody's */
        }
        if (hr_span_size(whole) == size &&
            memcmp(text + whole.start, names[i], size) == 0) {
            return true;
        }
    }
    return false;
}

bool hr_load_wants(const struct hr_defs *defs, uint32_t index)
{
    for (; index != HR_NONE; index = hr_defs_at(defs, index)->parent) {
        struct hr_range range = hr_defs_at(defs, index)->decorators;
        if (hr_defs_at(defs, index)->off) {
            return false;
        }
        for (uint32_t i = range.first; i < range.first + range.count; i++) {
            const struct hr_decorator *decorator = hr_array_at(&defs->decorators, i);
            if (is_refusal(defs->text, decorator->expression)) {
                return false;
            }
        }
    }
    return true;
}

static bool wanted(void *context, const struct hr_defs *defs, uint32_t index)
{
    return hr_load_wants(defs, index);
}

static void show_remarks(PyObject *filename, const struct hr_defs *defs,
                         const struct hr_array *remarks)
{
    const char *name = PyUnicode_AsUTF8(filename);
    if (name == NULL) {
        PyErr_Clear();
        name = "?";
    }
    for (size_t i = 0; i < remarks->count; i++) {
        const struct hr_remark *remark = hr_array_at(remarks, i);
        hr_remark("%s:%u: %s is not guarded: %s", name,
                  hr_defs_at(defs, remark->def)->line + 1,
                  hr_defs_qualname(defs, remark->def), remark->reason);
    }
}

struct guarded {
    struct hr_bytes text;
    struct hr_line_map map;
    struct hr_array remarks;
};

static void guarded_finish(struct guarded *guarded)
{
    hr_bytes_finish(&guarded->text);
    hr_line_map_finish(&guarded->map);
    hr_array_finish(&guarded->remarks);
}

static bool guarded_init(struct hr_state *state, struct guarded *guarded,
                         const struct hr_defs *defs, struct hr_error *err)
{
    const struct hr_guard_options options = {
        .wanted = wanted, .counts = hr_settings_flag(state, HR_SETTING_COUNTS, true)};
    hr_bytes_init(&guarded->text);
    hr_line_map_init(&guarded->map);
    hr_array_init(&guarded->remarks, sizeof(struct hr_remark));
    hr_bytes_reserve(&guarded->text, defs->size + defs->size / 8);
    return hr_guard(defs, &options, &guarded->text, &guarded->map, &guarded->remarks,
                    err) &&
           (!guarded->text.failed || hr_error_memory(err));
}

/* Whether the exception that is set speaks of the text and not of the machine. */
static bool about_the_text(void)
{
    return PyErr_ExceptionMatches(PyExc_SyntaxError) ||
           PyErr_ExceptionMatches(PyExc_ValueError) ||
           PyErr_ExceptionMatches(PyExc_OverflowError) ||
           PyErr_ExceptionMatches(PyExc_RecursionError) ||
           PyErr_ExceptionMatches(PyExc_NotImplementedError);
}

static const char *text_of(const struct hr_bytes *bytes)
{
    return bytes->data != NULL ? bytes->data : "";
}

/* What the guard has to know of the text, into `defs` (init'ed). */
static int collect(struct hr_defs *defs, const struct hr_bytes *text,
                   PyObject *filename)
{
    struct hr_error err = {0};
    if (!hr_defs_collect(defs, text_of(text), text->size, HR_DEFS_GUARD, &err)) {
        hr_error_raise(&err, filename);
        return -1;
    }
    return 0;
}

/* Guards, compiles and re-bases the text of `defs`.  NULL without an exception:
 * it cannot be guarded. */
static PyObject *compile_guarded(struct hr_state *state, const struct hr_defs *defs,
                                 PyObject *filename, int flags, int optimize,
                                 PyObject *maker, struct hr_load_notes *notes)
{
    struct guarded guarded;
    struct hr_error err = {0};
    PyObject *code = NULL;
    if (!guarded_init(state, &guarded, defs, &err)) {
        hr_error_raise(&err, filename);
        goto done;
    }
    code = hr_compile_silently(state, text_of(&guarded.text), filename, flags, optimize,
                               maker, &notes->warned);
    if (code != NULL && hr_rebase((PyCodeObject *)code, &guarded.map, defs) < 0) {
        Py_CLEAR(code);
    }
    if (code == NULL && about_the_text()) {
        PyErr_Clear();
    }
    if (code != NULL) {
        show_remarks(filename, defs, &guarded.remarks);
        notes->remarked = guarded.remarks.count > 0;
    }
done:
    guarded_finish(&guarded);
    return code;
}

PyObject *hr_load_plainly_silent(struct hr_state *state, hr_source *source, int flags,
                                 int optimize, PyObject *maker)
{
    bool warned = false;
    return hr_compile_silently(state, text_of(&source->text), source->filename, flags,
                               optimize, maker, &warned);
}

/* What is wrong with the text, its plain compile will say; if nothing is, it is the
 * guard that could not take it. */
static void remark_unless_wrong(struct hr_state *state, hr_source *source, int flags,
                                int optimize)
{
    PyObject *plain = hr_load_plainly_silent(state, source, flags, optimize, NULL);
    if (plain == NULL) {
        PyErr_Clear();
        return;
    }
    Py_DECREF(plain);
    const char *name = PyUnicode_AsUTF8(source->filename);
    hr_remark("%s cannot be guarded and runs as it is", name != NULL ? name : "?");
    PyErr_Clear();
}

PyObject *hr_load_module_by(struct hr_state *state, hr_source *source, int flags,
                            int optimize, PyObject *maker, struct hr_load_notes *notes)
{
    struct hr_load_notes here = {false, false};
    struct hr_defs defs;
    PyObject *code = NULL;
    hr_defs_init(&defs);
    if (collect(&defs, &source->text, source->filename) < 0) {
        if (about_the_text()) {
            PyErr_Clear();
        }
        goto done;
    }
    code =
        compile_guarded(state, &defs, source->filename, flags, optimize, maker, &here);
    if (code == NULL && !PyErr_Occurred()) {
        remark_unless_wrong(state, source, flags, optimize);
    }
    if (code != NULL && ((maker != NULL &&
                          PyDict_SetItem(state->makers, source->filename, maker) < 0) ||
                         hr_source_register(state, source, code) < 0)) {
        Py_CLEAR(code);
    }
    if (notes != NULL) {
        *notes = here;
    }
done:
    hr_defs_finish(&defs);
    return code;
}

PyObject *hr_load_plainly(hr_source *source, int flags, int optimize)
{
    return hr_compile(text_of(&source->text), source->filename, flags, optimize);
}

PyObject *hr_load_guarded_text(struct hr_state *state, hr_source *source)
{
    struct hr_defs defs;
    struct guarded guarded;
    struct hr_error err = {0};
    PyObject *text = NULL;
    hr_defs_init(&defs);
    if (collect(&defs, &source->text, source->filename) == 0) {
        if (!guarded_init(state, &guarded, &defs, &err)) {
            hr_error_raise(&err, source->filename);
        } else {
            text = PyBytes_FromStringAndSize(guarded.text.data,
                                             (Py_ssize_t)guarded.text.size);
        }
        guarded_finish(&guarded);
    }
    hr_defs_finish(&defs);
    return text;
}

/* ---- one definition ---- */

/* The code object of that name and first line, in `code` or deeper; borrowed. */
static PyCodeObject *find_code(PyCodeObject *code, const char *name, int first_line)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);
        if (!PyCode_Check(constant)) {
            continue;
        }
        PyCodeObject *inner = (PyCodeObject *)constant;
        const char *inner_name = PyUnicode_AsUTF8(inner->co_name);
        if (inner_name == NULL) {
            PyErr_Clear();
        } else if (inner->co_firstlineno == first_line &&
                   strcmp(inner_name, name) == 0) {
            return inner;
        }
        PyCodeObject *found = find_code(inner, name, first_line);
        if (found != NULL) {
            return found;
        }
    }
    return NULL;
}

/* The surrogate's code: guarded, or as it is with a remark, or NULL with what is wrong
 * with it.  Its lines are those of the file. */
static PyObject *compile_surrogate(struct hr_state *state, const struct hr_bytes *text,
                                   PyObject *filename, int flags)
{
    struct hr_defs defs;
    struct hr_load_notes notes = {false, false};
    PyObject *code = NULL;
    hr_defs_init(&defs);
    if (collect(&defs, text, filename) < 0) {
        goto done;
    }
    PyObject *maker = PyDict_GetItemWithError(state->makers, filename);
    code = maker != NULL
               ? compile_guarded(state, &defs, filename, flags, -1, maker, &notes)
               : NULL;
    if (code == NULL) { /* what is wrong with the text, the compiler says best */
        PyErr_Clear();
        code = compile_guarded(state, &defs, filename, flags, -1, NULL, &notes);
    }
    if (code == NULL && PyErr_Occurred()) {
        goto done;
    }
    if (code == NULL || notes.warned) {
        PyObject *plain = hr_compile(text_of(text), filename, flags, -1);
        if (plain == NULL) {
            Py_CLEAR(code);
        } else if (code == NULL) {
            code = Py_NewRef(plain);
            hr_remark("%s: what was reloaded cannot be guarded and runs as it is",
                      PyUnicode_AsUTF8(filename));
        }
        Py_XDECREF(plain);
    }
done:
    hr_defs_finish(&defs);
    return code;
}

PyObject *hr_load_rest(struct hr_state *state, hr_source *source, size_t offset,
                       int flags)
{
    struct hr_bytes text;
    PyObject *code = NULL;
    hr_bytes_init(&text);
    hr_bytes_append(&text, text_of(&source->text), source->text.size);
    for (size_t i = 0; !text.failed && i < offset; i++) {
        if (text.data[i] != '\n' && text.data[i] != '\r') {
            text.data[i] = ' ';
        }
    }
    if (text.failed) {
        PyErr_NoMemory();
    } else {
        code = compile_surrogate(state, &text, source->filename, flags);
    }
    hr_bytes_finish(&text);
    source->ran_from = offset;
    if (code != NULL && hr_source_register(state, source, code) < 0) {
        Py_CLEAR(code);
    }
    return code;
}

/* The end of a surrogate is the definition itself, byte for byte. */
static void leave_out(struct hr_bytes *text, const struct hr_def *def,
                      const struct hr_span *spans, size_t count)
{
    size_t shift = def->end - text->size;
    for (size_t i = 0; i < count && !text->failed; i++) {
        for (size_t at = spans[i].start; at < spans[i].end; at++) {
            if (text->data[at - shift] != '\n' && text->data[at - shift] != '\r') {
                text->data[at - shift] = ' ';
            }
        }
    }
}

PyCodeObject *hr_load_definition(struct hr_state *state, hr_source *source,
                                 uint32_t def, int flags)
{
    return hr_load_part(state, source, def, NULL, 0, flags);
}

PyCodeObject *hr_load_part(struct hr_state *state, hr_source *source, uint32_t def,
                           const struct hr_span *left_out, size_t count, int flags)
{
    const struct hr_defs *defs = hr_source_detail(source, def);
    if (defs == NULL) {
        return NULL;
    }
    struct hr_bytes text;
    struct hr_error err = {0};
    hr_bytes_init(&text);
    PyObject *module = NULL;
    if (!hr_extract(defs, def, &text, &err)) {
        hr_error_raise(&err, source->filename);
    } else {
        leave_out(&text, hr_defs_at(defs, def), left_out, count);
        module = compile_surrogate(state, &text, source->filename, flags);
    }
    hr_bytes_finish(&text);
    if (module == NULL) {
        return NULL;
    }
    const struct hr_def *wanted_def = hr_defs_at(defs, def);
    PyCodeObject *code =
        find_code((PyCodeObject *)module, hr_identifiers_name(defs, def),
                  (int)wanted_def->first_line + 1);
    Py_XINCREF(code);
    if (code == NULL) {
        hr_error_at(&err, HR_ERROR_LIMIT, wanted_def->line + 1, 1,
                    "what compiles this file leaves %s out",
                    hr_defs_qualname(defs, def));
        hr_error_raise(&err, source->filename);
    }
    Py_DECREF(module);
    if (code != NULL && hr_source_register(state, source, (PyObject *)code) < 0) {
        Py_CLEAR(code);
    }
    return code;
}
