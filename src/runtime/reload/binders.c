#include "runtime/reload/binders.h"

#include <string.h>

#include "base/block.h"
#include "runtime/reload/statements.h"

static bool has_word(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(end - at) >= length && memcmp(at, word, length) == 0 &&
           (at + length == end || !hr_is_word((unsigned char)at[length]));
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\f')) {
        at++;
    }
    return at;
}

/* NAME = ..., NAME, NAME = ..., NAME: ..., NAME += ... */
static bool is_assignment(const char *at, const char *end)
{
    do {
        const char *word = at = skip_blanks(at, end);

        while (at < end && hr_is_word((unsigned char)*at)) {
            at++;
        }
        if (at == word) {
            return false;
        }
        at = skip_blanks(at, end);
    } while (at < end && *at == ',' && ++at < end);
    if (at < end && *at == ':') {
        return true;
    }
    for (int i = 0; i < 2 && at < end && strchr("+-*/%&|^@<>", *at) != NULL; i++) {
        at++;
    }
    return at + 1 < end && at[0] == '=' && at[1] != '=';
}

/* One statement on its line that does nothing but bind names, or nothing. */
static bool only_binds(const char *at, const char *end)
{
    at = skip_blanks(at, end);
    if (memchr(at, ';', (size_t)(end - at)) != NULL) {
        return false;
    }
    return has_word(at, end, "import") || has_word(at, end, "from") ||
           has_word(at, end, "pass") || has_word(at, end, "...") ||
           is_assignment(at, end);
}

/* Past the ':' that ends a block's header; `end` if none is found. */
static const char *past_header(const char *at, const char *end)
{
    int depth = 0;

    for (; at < end; at++) {
        if (*at == '\'' || *at == '"') {
            const char *close = memchr(at + 1, *at, (size_t)(end - at - 1));

            at = close == NULL ? end - 1 : close;
        } else if (strchr("([{", *at) != NULL) {
            depth++;
        } else if (strchr(")]}", *at) != NULL) {
            depth--;
        } else if (*at == ':' && depth == 0) {
            return at + 1;
        }
    }
    return end;
}

/* A header that opens a block, or is followed by one on its line.  What is meant for
 * the program's start (__name__) is not for a reload. */
static bool is_header(const char *at, const char *end, bool opens_block)
{
    static const char *const words[] = {"if",   "try",    "with",   "elif",
                                        "else", "except", "finally"};
    const char *body = past_header(at, end);
    bool is = false;

    for (size_t i = 0; i < sizeof words / sizeof *words && !is; i++) {
        is = has_word(at, end, words[i]);
    }
    for (const char *c = at; is && c < body; c++) {
        is = !has_word(c, body, "__name__");
    }
    return is && (opens_block || (body < end && only_binds(body, end)));
}

/* Whether all of a compound statement does no more than bind names. */
static bool is_block(const char *text, const struct hr_statement *statement)
{
    uint32_t inside = UINT32_MAX; /* depth of the def or class that is passed over */

    for (size_t i = 0; i < statement->lines.count; i++) {
        const struct hr_logical_line *line = hr_array_at(&statement->lines, i);
        const char *at = text + line->first;
        const char *end = text + line->end;

        if (line->depth > inside) {
            continue;
        }
        inside = UINT32_MAX;
        if (line->kind == HR_LINE_FUNCTION || line->kind == HR_LINE_CLASS) {
            inside = line->depth;
        } else if (line->kind != HR_LINE_DECORATOR &&
                   !is_header(at, end, line->opens_block) &&
                   (line->opens_block || !only_binds(at, end))) {
            return false;
        }
    }
    return true;
}

static bool is_star(const char *text, const struct hr_statement *statement)
{
    const struct hr_logical_line *line = statement->lines.items;

    return statement->lines.count == 1 && line->kind == HR_LINE_OTHER &&
           has_word(text + line->first, text + line->end, "from") &&
           text[line->end - 1] == '*';
}

/* NAME[ or NAME. where a statement starts.  It reads like one that changes the object;
 * what only looks at it so does no harm but a line too much. */
static bool changes(const char *text, struct hr_span span, const char *name)
{
    const char *start = text + span.start;
    const char *end = text + span.end;
    size_t length = strlen(name);

    for (const char *at = start; at + length < end; at++) {
        const char *before = at;

        if (memcmp(at, name, length) != 0 || strchr("[.", at[length]) == NULL) {
            continue;
        }
        while (before > start && (before[-1] == ' ' || before[-1] == '\t')) {
            before--;
        }
        if (before == start || strchr("\n\r;:", before[-1]) != NULL) {
            return true;
        }
    }
    return false;
}

static bool lists(PyObject *code, bool binds, PyObject *name)
{
    PyObject *names = PyList_New(0);
    bool found = names != NULL &&
                 hr_statements_names((PyCodeObject *)code, binds, names) == 0 &&
                 PySequence_Contains(names, name) == 1;

    PyErr_Clear();
    Py_XDECREF(names);
    return found;
}

/* Fills *binder for the statement; false if it has nothing to do with the name. */
static bool judge(struct hr_state *state, hr_source *source, PyObject *name,
                  const struct hr_statement *statement, struct hr_binder *binder)
{
    const struct hr_logical_line *line = statement->lines.items;
    const char *text = source->text.data;
    const char *word = PyUnicode_AsUTF8(name);
    bool simple = hr_statements_is_simple(text, statement);

    PyErr_Clear();
    if (word == NULL || statement->lines.count == 0) {
        return false;
    }
    *binder = (struct hr_binder){.span = hr_statements_code(statement),
                                 .line = line->line + 1};
    if (is_star(text, statement)) {
        binder->kind = HR_BINDER_STAR;
        return true;
    }
    if (!hr_statements_have(source, statement->span, name)) {
        return false;
    }
    binder->code = hr_statements_look(state, source, statement->span);
    if (binder->code != NULL && lists(binder->code, true, name)) {
        binder->kind = simple                      ? HR_BINDER_SIMPLE
                       : is_block(text, statement) ? HR_BINDER_BLOCK
                                                   : HR_BINDER_OTHER;
        binder->starts = simple && !lists(binder->code, false, name);
        return true;
    }
    Py_CLEAR(binder->code);
    binder->kind = HR_BINDER_CHANGE;
    return line->kind == HR_LINE_OTHER && changes(text, binder->span, word);
}

static void empty(struct hr_array *found)
{
    for (size_t i = 0; i < found->count; i++) {
        struct hr_binder *binder = hr_array_at(found, i);

        Py_CLEAR(binder->code);
    }
    found->count = 0;
}

static int add(struct hr_array *found, struct hr_binder *binder, struct hr_binder *star)
{
    struct hr_binder *kept;

    if (binder->kind == HR_BINDER_STAR) {
        *star = *binder;
        return 0;
    }
    if (binder->kind == HR_BINDER_CHANGE && found->count == 0) {
        return 0;
    }
    if (binder->starts) {
        empty(found);
    }
    if ((kept = hr_array_push(found)) == NULL) {
        Py_CLEAR(binder->code);
        PyErr_NoMemory();
        return -1;
    }
    *kept = *binder;
    return 0;
}

int hr_binders_find(struct hr_state *state, hr_source *source, PyObject *name,
                    size_t end, struct hr_array *found)
{
    struct hr_binder star = {.kind = HR_BINDER_OTHER};
    struct hr_binder binder;
    struct hr_statement statement;
    struct hr_cut cut;
    struct hr_error err = {0};
    int status = 0;

    hr_array_init(found, sizeof binder);
    hr_statement_init(&statement);
    hr_cut_init(&cut, source->text.data, source->text.size);
    while (status == 0 && hr_cut_statement(&cut, &statement, &err) &&
           statement.span.start < end) {
        if (judge(state, source, name, &statement, &binder)) {
            status = add(found, &binder, &star);
        }
    }
    hr_statement_finish(&statement);
    if (status == 0 && found->count == 0 && star.kind == HR_BINDER_STAR) {
        struct hr_binder *kept = hr_array_push(found);

        if (kept == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        *kept = star;
    }
    return status;
}

void hr_binders_finish(struct hr_array *found)
{
    empty(found);
    hr_array_finish(found);
}
