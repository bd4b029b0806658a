#define _GNU_SOURCE /* memmem */
#include "runtime/reload/bring.h"

#include <string.h>

#include "runtime/guard/instructions.h"
#include "runtime/guard/load.h"
#include "syntax/cut.h"

/* Statements that need statements that need ...: deeper is not followed. */
#define DEEPEST 16

struct bringing {
    struct hr_state *state;
    hr_source *source;
    PyObject *globals;
    PyObject *brought;
    int depth;
};

static int bring_for(struct bringing *bringing, PyCodeObject *code);

/* The name that an instruction of `code` reads (or binds) globally: borrowed. */
static PyObject *name_at(PyCodeObject *code, int opcode, int argument, bool binds)
{
    if (opcode == LOAD_GLOBAL && !binds) {
        argument >>= 1; /* its lowest bit asks for a NULL on the stack */
    } else if (opcode != (binds ? STORE_NAME : LOAD_NAME)) {
        return NULL;
    }
    return argument < PyTuple_GET_SIZE(code->co_names)
               ? PyTuple_GET_ITEM(code->co_names, argument)
               : NULL;
}

/* Appends the names that the instructions read or bind; 0 or -1. */
static int collect_names(PyCodeObject *code, bool binds, PyObject *names)
{
    struct hr_instructions walk;
    int status = hr_instructions_init(&walk, code);

    while (status == 0 && hr_instructions_next(&walk)) {
        PyObject *name = name_at(code, walk.opcode, walk.argument, binds);

        if (name != NULL) {
            status = PyList_Append(names, name);
        }
    }
    hr_instructions_finish(&walk);
    return status;
}

static bool starts_with(const char *text, const struct hr_logical_line *line,
                        const char *word)
{
    size_t length = strlen(word);

    return line->end - line->first > length &&
           memcmp(text + line->first, word, length) == 0 &&
           strchr(" \t(:", text[line->first + length]) != NULL;
}

/* Running a compound statement would do more than bind a name. */
static bool is_simple(const char *text, const struct hr_statement *statement)
{
    static const char *const words[] = {"if",   "for",   "while", "try",
                                        "with", "match", "async"};
    const struct hr_logical_line *line = statement->lines.items;

    if (statement->lines.count == 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (starts_with(text, line, words[i]) && line->kind == HR_LINE_OTHER) {
            return false;
        }
    }
    return true;
}

/* The statement's code, alone in its file, guarded: new reference; NULL without an
 * exception if it cannot be compiled. */
static PyObject *compile_statement(struct bringing *bringing, struct hr_span span)
{
    const hr_source *whole = bringing->source;
    struct hr_bytes text = {0};
    hr_source *alone = NULL;
    PyObject *code = NULL;

    for (size_t i = 0; i < span.start; i++) {
        char c = whole->text.data[i];

        hr_bytes_append_char(&text, c == '\n' || c == '\r' ? c : ' ');
    }
    hr_bytes_append(&text, whole->text.data + span.start, hr_span_size(span));
    if (!text.failed) {
        alone = hr_source_new(bringing->state, whole->filename, text.data,
                              (Py_ssize_t)text.size);
    }
    if (alone != NULL) {
        code = hr_load_module(bringing->state, alone, 0, -1, NULL);
        alone->ran = false; /* no class comes from it: it goes when its code does */
    }
    Py_XDECREF(alone);
    hr_bytes_finish(&text);
    PyErr_Clear();
    return code;
}

/* The code of the last simple top-level statement that binds the name. */
static PyObject *statement_that_binds(struct bringing *bringing, PyObject *name)
{
    const struct hr_bytes *text = &bringing->source->text;
    struct hr_statement statement;
    struct hr_cut cut;
    struct hr_error err = {0};
    PyObject *found = NULL;
    const char *word = PyUnicode_AsUTF8(name);

    hr_statement_init(&statement);
    hr_cut_init(&cut, text->data, text->size);
    while (word != NULL && hr_cut_statement(&cut, &statement, &err)) {
        PyObject *bound = NULL;
        PyObject *code = NULL;

        if (!is_simple(text->data, &statement) ||
            memmem(text->data + statement.span.start, hr_span_size(statement.span),
                   word, strlen(word)) == NULL) {
            continue;
        }
        code = compile_statement(bringing, statement.span);
        bound = code == NULL ? NULL : PyList_New(0);
        if (bound != NULL && collect_names((PyCodeObject *)code, true, bound) == 0 &&
            PySequence_Contains(bound, name) == 1) {
            Py_XSETREF(found, Py_NewRef(code));
        }
        Py_XDECREF(bound);
        Py_XDECREF(code);
        PyErr_Clear();
    }
    hr_statement_finish(&statement);
    return found;
}

static int is_known(PyObject *globals, PyObject *name)
{
    int known = PyDict_Contains(globals, name);

    return known != 0 ? known : PyDict_Contains(PyEval_GetBuiltins(), name);
}

static int bring(struct bringing *bringing, PyObject *name)
{
    int known = is_known(bringing->globals, name);
    PyObject *code = known == 0 ? statement_that_binds(bringing, name) : NULL;
    PyObject *result;
    int status;

    if (code == NULL) {
        return known < 0 ? -1 : 0;
    }
    /* What the statement itself reads has to be there first. */
    status = bring_for(bringing, (PyCodeObject *)code);
    if (status == 0) {
        result = PyEval_EvalCode(code, bringing->globals, bringing->globals);
        status = result == NULL ? -1 : PyList_Append(bringing->brought, name);
        Py_XDECREF(result);
    }
    Py_DECREF(code);
    return status;
}

/* All that `code`, and the code objects inside it, read. */
static int bring_for(struct bringing *bringing, PyCodeObject *code)
{
    PyObject *names = PyList_New(0);
    int status = names == NULL ? -1 : collect_names(code, false, names);

    if (++bringing->depth > DEEPEST) {
        status = status < 0 ? -1 : PyList_SetSlice(names, 0, PY_SSIZE_T_MAX, NULL);
    }
    for (Py_ssize_t i = 0; status == 0 && i < PyList_GET_SIZE(names); i++) {
        status = bring(bringing, PyList_GET_ITEM(names, i));
    }
    for (Py_ssize_t i = 0; status == 0 && i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (PyCode_Check(constant) && bringing->depth <= DEEPEST) {
            status = bring_for(bringing, (PyCodeObject *)constant);
        }
    }
    bringing->depth--;
    Py_XDECREF(names);
    return status;
}

int hr_bring_globals(struct hr_state *state, hr_source *source, PyCodeObject *code,
                     PyObject *globals, PyObject *brought)
{
    struct bringing bringing = {
        .state = state, .source = source, .globals = globals, .brought = brought};

    return bring_for(&bringing, code);
}
