#include "runtime/classes/classdiff.h"

#include <string.h>

#include "runtime/guard/instructions.h"
#include "runtime/guard/load.h"
#include "syntax/cut.h"

/* ---- one side ---- */

/* The member that stands on a 1-based line; SIZE_MAX if none does. */
static size_t member_on(const struct hr_members *members, int line)
{
    for (size_t i = 0; i < members->items.count; i++) {
        const struct hr_member *member = hr_members_at(members, i);

        if (line > (int)member->first_line && line <= (int)member->last_line + 1) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* What the compiler binds by itself.  Those of a class on one line stand on it. */
static bool is_implicit(PyObject *name)
{
    static const char *const names[] = {
        "__module__",        "__qualname__",
        "__firstlineno__",   "__static_attributes__",
        "__classdictcell__", "__classcell__",
        "__classdict__",     "__type_params__",
        "__annotations__",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (PyUnicode_CompareWithASCIIString(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int append_once(PyObject *list, PyObject *name)
{
    int known = PySequence_Contains(list, name);

    return known != 0 ? known < 0 ? -1 : 0 : PyList_Append(list, name);
}

/* Sorts what the body binds and reads by the statement that does it. */
static int scan_names(struct hr_class_side *side, PyCodeObject *code)
{
    struct hr_instructions walk;
    int status = hr_instructions_init(&walk, code);

    while (status == 0 && hr_instructions_next(&walk)) {
        PyObject *lists = walk.opcode == STORE_NAME || walk.opcode == DELETE_NAME
                              ? side->binds
                          : walk.opcode == LOAD_NAME ? side->reads
                                                     : NULL;
        size_t member;

        if (lists == NULL || walk.argument >= PyTuple_GET_SIZE(code->co_names) ||
            is_implicit(PyTuple_GET_ITEM(code->co_names, walk.argument))) {
            continue;
        }
        member = member_on(&side->members, PyCode_Addr2Line(code, (int)walk.at));
        if (member != SIZE_MAX) {
            status = append_once(PyList_GET_ITEM(lists, (Py_ssize_t)member),
                                 PyTuple_GET_ITEM(code->co_names, walk.argument));
        }
    }
    hr_instructions_finish(&walk);
    return status;
}

/* Adds what member `i` says to what is said of the name. */
static int add_saying(PyObject *says, PyObject *name, const struct hr_members *members,
                      size_t i)
{
    const struct hr_member *member = hr_members_at(members, i);
    PyObject *text = PyBytes_FromStringAndSize(members->texts.data + member->text,
                                               (Py_ssize_t)member->text_size);
    PyObject *known = PyDict_GetItemWithError(says, name);
    int status;

    if (text != NULL && known != NULL) {
        Py_INCREF(known);
        PyBytes_Concat(&known, text);
        Py_SETREF(text, known);
    }
    status = text == NULL || PyErr_Occurred() ? -1 : PyDict_SetItem(says, name, text);
    Py_XDECREF(text);
    return status;
}

/* Annotated names of classes are mangled as all others are. */
static PyObject *annotated(const struct hr_class_side *side, size_t i)
{
    const struct hr_def *def = hr_defs_at(side->defs, side->def);
    struct hr_span span = hr_members_at(&side->members, i)->annotated;
    const char *text = side->defs->text;
    size_t start = def->name.start;
    bool is_private = hr_span_size(span) > 2 &&
                      memcmp(text + span.start, "__", 2) == 0 &&
                      memcmp(text + span.end - 2, "__", 2) != 0;

    struct hr_bytes name = {0};
    PyObject *result;

    while (start < def->name.end && text[start] == '_') {
        start++;
    }
    if (is_private && start < def->name.end) {
        hr_bytes_append_char(&name, '_');
        hr_bytes_append(&name, text + start, def->name.end - start);
    }
    hr_bytes_append(&name, text + span.start, hr_span_size(span));
    result = name.failed ? PyErr_NoMemory()
                         : PyUnicode_DecodeUTF8(name.data, (Py_ssize_t)name.size, NULL);
    hr_bytes_finish(&name);
    return result;
}

static int side_sayings(struct hr_class_side *side)
{
    int status = 0;

    for (size_t i = 0; status == 0 && i < side->members.items.count; i++) {
        PyObject *names = PyList_GET_ITEM(side->binds, (Py_ssize_t)i);

        for (Py_ssize_t j = 0; status == 0 && j < PyList_GET_SIZE(names); j++) {
            status =
                add_saying(side->says, PyList_GET_ITEM(names, j), &side->members, i);
        }
        if (status == 0 &&
            !hr_span_empty(hr_members_at(&side->members, i)->annotated)) {
            PyObject *name = annotated(side, i);

            status =
                name == NULL ? -1 : add_saying(side->types, name, &side->members, i);
            Py_XDECREF(name);
        }
    }
    return status;
}

static PyObject *lists(size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);

    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *inner = PyList_New(0);

        if (inner == NULL) {
            Py_CLEAR(list);
        } else {
            PyList_SET_ITEM(list, (Py_ssize_t)i, inner);
        }
    }
    return list;
}

static int side_init(struct hr_state *state, struct hr_class_side *side, int flags)
{
    struct hr_error err = {0};
    PyCodeObject *code;
    int status;

    if (!hr_members_collect(&side->members, side->defs, side->def, &err)) {
        hr_error_raise(&err, side->source->filename);
        return -1;
    }
    side->binds = lists(side->members.items.count);
    side->reads = lists(side->members.items.count);
    side->says = PyDict_New();
    side->types = PyDict_New();
    if (side->binds == NULL || side->reads == NULL || side->says == NULL ||
        side->types == NULL) {
        return -1;
    }
    code = hr_load_part(state, side->source, side->def, NULL, 0, flags);
    status = code == NULL ? -1 : scan_names(side, code);
    Py_XDECREF(code);
    return status < 0 ? -1 : side_sayings(side);
}

static void side_finish(struct hr_class_side *side)
{
    hr_members_finish(&side->members);
    Py_CLEAR(side->binds);
    Py_CLEAR(side->reads);
    Py_CLEAR(side->says);
    Py_CLEAR(side->types);
}

/* ---- both ---- */

/* Appends the names of `a` that `b` has not, or (same: false) says otherwise. */
static int compare(PyObject *a, PyObject *b, PyObject *missing, PyObject *other)
{
    PyObject *name, *text;
    Py_ssize_t at = 0;
    int status = 0;

    while (status == 0 && PyDict_Next(a, &at, &name, &text)) {
        PyObject *known = PyDict_GetItemWithError(b, name);

        if (known == NULL) {
            status = PyErr_Occurred() ? -1 : PyList_Append(missing, name);
        } else if (other != NULL && PyObject_RichCompareBool(text, known, Py_EQ) == 0) {
            status = PyList_Append(other, name);
        }
    }
    return status;
}

/* In this order, as a dataclass counts it. */
static int types_differ(PyObject *a, PyObject *b)
{
    PyObject *left = PyDict_Items(a);
    PyObject *right = PyDict_Items(b);
    int differ = left == NULL || right == NULL
                     ? -1
                     : PyObject_RichCompareBool(left, right, Py_NE);

    Py_XDECREF(left);
    Py_XDECREF(right);
    return differ;
}

static bool decorators_differ(const struct hr_class_diff *diff)
{
    struct hr_bytes left = {0};
    struct hr_bytes right = {0};
    bool differ;

    hr_members_decorators(diff->before.defs, diff->before.def, &left);
    hr_members_decorators(diff->now.defs, diff->now.def, &right);
    differ = left.size != right.size ||
             (left.size > 0 && memcmp(left.data, right.data, left.size) != 0);
    hr_bytes_finish(&left);
    hr_bytes_finish(&right);
    return differ;
}

/* Of a class that holds no function, the flags are those of its file. */
static int flags_of_text(const hr_source *source)
{
    static const char from[] = "from __future__";
    struct hr_statement statement;
    struct hr_cut cut;
    struct hr_error err = {0};
    const char *text = source->text.data;
    int flags = 0;
    bool more = true;

    hr_statement_init(&statement);
    hr_cut_init(&cut, text, source->text.size);
    while (more && hr_cut_statement(&cut, &statement, &err)) {
        const struct hr_logical_line *line = statement.lines.items;
        bool is_future = line->end - line->first > sizeof from &&
                         memcmp(text + line->first, from, sizeof from - 1) == 0;

        more = is_future || strchr("\"'rRuU", text[line->first]) != NULL;
        for (size_t i = line->first; is_future && i + 11 <= line->end; i++) {
            flags |=
                memcmp(text + i, "annotations", 11) == 0 ? CO_FUTURE_ANNOTATIONS : 0;
        }
    }
    hr_statement_finish(&statement);
    return flags;
}

int hr_class_diff_init(struct hr_state *state, struct hr_class_diff *diff,
                       const struct hr_class_change *change)
{
    int differ = -1;

    *diff = (struct hr_class_diff){
        .before = {.source = change->before,
                   .defs = hr_source_detail(change->before, change->old_def),
                   .def = change->old_def},
        .now = {.source = change->now,
                .defs = hr_source_detail(change->now, change->def),
                .def = change->def},
        .flags =
            change->function == NULL
                ? flags_of_text(change->now)
                : ((PyCodeObject *)PyFunction_GET_CODE(change->function))->co_flags &
                      PyCF_MASK,
    };
    hr_members_init(&diff->before.members);
    hr_members_init(&diff->now.members);
    diff->added = PyList_New(0);
    diff->changed = PyList_New(0);
    diff->removed = PyList_New(0);
    if (diff->added == NULL || diff->changed == NULL || diff->removed == NULL ||
        side_init(state, &diff->before, diff->flags) < 0 ||
        side_init(state, &diff->now, diff->flags) < 0) {
        return -1;
    }
    if (compare(diff->now.says, diff->before.says, diff->added, diff->changed) == 0 &&
        compare(diff->before.says, diff->now.says, diff->removed, NULL) == 0) {
        differ = types_differ(diff->before.types, diff->now.types);
    }
    diff->types_differ = differ > 0;
    diff->decorators_differ = decorators_differ(diff);
    return differ < 0 ? -1 : 0;
}

void hr_class_diff_finish(struct hr_class_diff *diff)
{
    side_finish(&diff->before);
    side_finish(&diff->now);
    Py_CLEAR(diff->added);
    Py_CLEAR(diff->changed);
    Py_CLEAR(diff->removed);
}

/* The header without its keywords, or (keywords) with nothing else. */
static void header_part(const struct hr_class_side *side, bool keywords,
                        struct hr_bytes *out)
{
    struct hr_bytes whole = {0};
    int depth = 0;
    size_t start = 0;

    hr_members_header(side->defs, side->def, &whole);
    for (size_t i = 0; i < whole.size; i++) {
        char c = whole.data[i];
        bool ends = depth == 1 && (c == ',' || c == ')');

        depth +=
            (c == '(' || c == '[' || c == '{') - (c == ')' || c == ']' || c == '}');
        if (ends || i + 1 == whole.size || (depth == 1 && c == '(')) {
            const char *equal = memchr(whole.data + start, '=', i - start);
            bool is_keyword = equal != NULL && equal[1] != '=' && whole.data[0] == '(';

            if (is_keyword == keywords) {
                hr_bytes_append(out, whole.data + start, i - start);
                hr_bytes_append_char(out, ',');
            }
            start = i + 1;
        }
    }
    hr_bytes_finish(&whole);
}

static bool parts_differ(const struct hr_class_diff *diff, bool keywords)
{
    struct hr_bytes left = {0};
    struct hr_bytes right = {0};
    bool differ;

    header_part(&diff->before, keywords, &left);
    header_part(&diff->now, keywords, &right);
    differ = left.size != right.size ||
             (left.size > 0 && memcmp(left.data, right.data, left.size) != 0);
    hr_bytes_finish(&left);
    hr_bytes_finish(&right);
    return differ;
}

const char *hr_class_diff_header(const struct hr_class_diff *diff)
{
    struct hr_bytes left = {0};
    struct hr_bytes right = {0};
    const char *reason = NULL;

    hr_members_header(diff->before.defs, diff->before.def, &left);
    hr_members_header(diff->now.defs, diff->now.def, &right);
    if (left.size != right.size ||
        (left.size > 0 && memcmp(left.data, right.data, left.size) != 0)) {
        bool meta = (left.size > 0 && strstr(left.data, "metaclass=") != NULL) !=
                    (right.size > 0 && strstr(right.data, "metaclass=") != NULL);

        reason = (left.size > 0 && left.data[0] == '[') ||
                         (right.size > 0 && right.data[0] == '[')
                     ? "its type parameters or bases differ"
                 : parts_differ(diff, false) ? "its bases differ"
                 : meta                      ? "its metaclass differs"
                                             : "its metaclass or keywords differ";
    }
    hr_bytes_finish(&left);
    hr_bytes_finish(&right);
    return reason;
}

bool hr_class_diff_names(PyObject *list, const char *name)
{
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(list, i), name) == 0) {
            return true;
        }
    }
    return false;
}

bool hr_class_diff_touches(const struct hr_class_diff *diff, const char *name)
{
    return hr_class_diff_names(diff->added, name) ||
           hr_class_diff_names(diff->changed, name) ||
           hr_class_diff_names(diff->removed, name);
}
