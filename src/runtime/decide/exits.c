#include "runtime/decide/exits.h"

#include <string.h>

#include "runtime/decide/places.h"
#include "syntax/tokenlist.h"

/* Whether token `at`, a `return`, gives True. */
static bool returns_true(const struct hr_array *tokens, size_t at)
{
    const struct hr_token *value = hr_array_at(tokens, at + 1);
    const struct hr_token *after = hr_array_at(tokens, at + 2);
    return at + 1 < tokens->count && value->keyword == HR_KEYWORD_TRUE &&
           (at + 2 == tokens->count || after->op == ';');
}

/* Whether it is the name of a function that ends the program, in whatever module. */
static bool is_end(const struct hr_token *token, const char *text)
{
    static const char *const names[] = {"exit", "_exit", "quit", "abort"};
    size_t size = token->end - token->start;
    bool is = false;
    for (size_t i = 0; !is && i < sizeof names / sizeof *names; i++) {
        is = size == strlen(names[i]) &&
             memcmp(text + token->start, names[i], size) == 0;
    }
    return is;
}

/* Whether no token from `from` on leaves in another way; *returns: the first is a
 * `return`. */
static bool leaves_with_true(const struct hr_array *tokens, const char *text,
                             size_t from, bool *returns)
{
    bool leaves = true;
    for (size_t i = from; leaves && i < tokens->count; i++) {
        const struct hr_token *token = hr_array_at(tokens, i);
        enum hr_keyword word = token->keyword;
        leaves = word != HR_KEYWORD_RAISE && word != HR_KEYWORD_ASSERT &&
                 !is_end(token, text) && word != HR_KEYWORD_YIELD &&
                 word != HR_KEYWORD_DEF && word != HR_KEYWORD_CLASS &&
                 word != HR_KEYWORD_LAMBDA &&
                 (word != HR_KEYWORD_RETURN || returns_true(tokens, i));
    }
    *returns =
        from < tokens->count &&
        ((struct hr_token *)hr_array_at(tokens, from))->keyword == HR_KEYWORD_RETURN;
    return leaves;
}

/* The same of the whole function, whose last statement is such a return. */
static bool always_true(const struct hr_statement *function, const char *text)
{
    size_t count = function->lines.count;
    const struct hr_logical_line *lines = function->lines.items;
    struct hr_array tokens;
    bool leaves = count > 0 && lines[0].kind == HR_LINE_FUNCTION;
    bool returns = false;
    hr_array_init(&tokens, sizeof(struct hr_token));
    for (size_t i = 0; leaves && i < count; i++) {
        leaves = hr_token_list(&tokens, text, &lines[i]) && !tokens.failed;
        size_t colon = i == 0 ? hr_token_find(&tokens, 0, tokens.count, ':', 0) + 1 : 0;
        leaves = leaves && leaves_with_true(&tokens, text, colon, &returns) &&
                 (i == 0 || lines[i].depth > lines[0].depth);
        returns = returns && lines[i].depth <= lines[0].depth + 1;
    }
    hr_array_finish(&tokens);
    return leaves && returns;
}

static bool function_swallows(struct hr_state *state, PyObject *function)
{
    if (!PyFunction_Check(function)) {
        return false;
    }
    PyCodeObject *code = (PyCodeObject *)PyFunction_GET_CODE(function);
    if (PyUnicode_READ_CHAR(code->co_name, 0) == '<') {
        return false; /* a lambda: its line may be that of a def */
    }
    hr_source *source = hr_places_source(state, code);
    struct hr_statement statement;
    if (source == NULL || source->text.size == 0) {
        Py_XDECREF(source);
        return false;
    }
    hr_places_statement(source, code, &statement);
    bool swallows = always_true(&statement, source->text.data);
    hr_statement_finish(&statement);
    Py_DECREF(source);
    return swallows;
}

bool hr_exits_always(struct hr_state *state, PyTypeObject *type)
{
    static const char *const names[] = {"__exit__", "__aexit__"};
    bool some = false, all = true;
    for (size_t i = 0; all && i < sizeof names / sizeof *names; i++) {
        PyObject *name = PyUnicode_FromString(names[i]);
        PyObject *exit = name != NULL ? hr_peek_type_attribute(type, name) : NULL;
        some = some || exit != NULL;
        all = exit == NULL || function_swallows(state, exit);
        Py_XDECREF(name);
    }
    PyErr_Clear();
    return some && all;
}

/* Whether the bracket that opens at `at` closes as the last byte. */
static bool is_last_bracket(const char *at, const char *end)
{
    int depth = 0;
    for (; at < end; at++) {
        if (*at == '"' || *at == '\'') {
            char quote = *at++;
            while (at < end && *at != quote) {
                at += *at == '\\' ? 2 : 1;
            }
            continue;
        }
        depth += *at == '(' || *at == '[' || *at == '{';
        depth -= *at == ')' || *at == ']' || *at == '}';
        if (depth == 0) {
            return at + 1 == end;
        }
    }
    return false;
}

PyTypeObject *hr_exits_type(struct hr_peek item)
{
    PyObject *value = hr_peek_path(&item);
    PyTypeObject *type = NULL;
    hr_peek_skip(&item);
    if (value != NULL && item.at == item.end) {
        type = Py_TYPE(value);
    } else if (value != NULL && PyType_Check(value) && *item.at == '(' &&
               is_last_bracket(item.at, item.end) &&
               Py_TYPE(value)->tp_call == PyType_Type.tp_call &&
               ((PyTypeObject *)value)->tp_new == PyBaseObject_Type.tp_new) {
        type = (PyTypeObject *)value;
    }
    Py_XINCREF(type);
    PyErr_Clear();
    Py_XDECREF(value);
    return type;
}
