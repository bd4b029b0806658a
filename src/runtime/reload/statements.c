#define _GNU_SOURCE /* memmem */
#include "runtime/reload/statements.h"

#include <string.h>

#include "runtime/guard/instructions.h"
#include "runtime/guard/load.h"

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

int hr_statements_names(PyCodeObject *code, bool binds, PyObject *names)
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

bool hr_statements_is_simple(const char *text, const struct hr_statement *statement)
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

struct hr_span hr_statements_code(const struct hr_statement *statement)
{
    const struct hr_logical_line *last =
        hr_array_at(&statement->lines, statement->lines.count - 1);

    return hr_span(statement->span.start, last->end);
}

/* The statement alone, at its place in its file. */
static hr_source *alone(struct hr_state *state, const hr_source *whole,
                        struct hr_span span)
{
    struct hr_bytes text = {0};
    hr_source *source = NULL;

    for (size_t i = 0; i < span.start; i++) {
        char c = whole->text.data[i];

        hr_bytes_append_char(&text, c == '\n' || c == '\r' ? c : ' ');
    }
    hr_bytes_append(&text, whole->text.data + span.start, hr_span_size(span));
    if (!text.failed) {
        source =
            hr_source_new(state, whole->filename, text.data, (Py_ssize_t)text.size);
    }
    hr_bytes_finish(&text);
    return source;
}

PyObject *hr_statements_compile(struct hr_state *state, const hr_source *source,
                                struct hr_span span)
{
    hr_source *statement = alone(state, source, span);
    PyObject *code = NULL;

    if (statement != NULL) {
        code = hr_load_module(state, statement, 0, -1, NULL);
        statement->ran = false; /* no class comes from it: it goes when its code does */
    }
    Py_XDECREF(statement);
    PyErr_Clear();
    return code;
}

PyObject *hr_statements_look(struct hr_state *state, const hr_source *source,
                             struct hr_span span)
{
    hr_source *statement = alone(state, source, span);
    PyObject *code = statement == NULL
                         ? NULL
                         : hr_load_plainly_silent(state, statement, 0, -1, NULL);

    Py_XDECREF(statement);
    PyErr_Clear();
    return code;
}

PyObject *hr_statements_bound(struct hr_state *state, const hr_source *source,
                              struct hr_span span)
{
    PyObject *code = hr_statements_look(state, source, span);
    PyObject *names = code == NULL ? NULL : PyList_New(0);

    if (names != NULL && hr_statements_names((PyCodeObject *)code, true, names) < 0) {
        Py_CLEAR(names);
    }
    PyErr_Clear();
    Py_XDECREF(code);
    return names;
}

bool hr_statements_have(const hr_source *source, struct hr_span span, PyObject *word)
{
    const char *bytes = PyUnicode_AsUTF8(word);

    PyErr_Clear();
    return bytes != NULL && memmem(source->text.data + span.start, hr_span_size(span),
                                   bytes, strlen(bytes)) != NULL;
}
