#include "rewrite/guard.h"

#include <string.h>

#include "base/lines.h"
#include "rewrite/edits.h"
#include "rewrite/saves.h"
#include "rewrite/yields.h"
#include "syntax/cut.h"
#include "syntax/tokenlist.h"

struct guarder {
    const struct hr_defs *defs;
    const struct hr_guard_options *options;
    struct hr_edits *edits;
    struct hr_array guarded; /* of bool, by definition */
    struct hr_array shifts;  /* of uint32_t: spaces added before a definition's line */
    struct hr_bytes scratch;
    struct hr_array tokens; /* of struct hr_token: for yields.c */
    struct hr_array yields; /* of struct hr_yield: those of the current function */
    struct hr_array *remarks;
    bool ended; /* the missing last newline was put in */
};

/* ---- columns ---- */

struct column {
    uint32_t tabs_to_8;
    uint32_t tabs_to_1;
};

static struct column measure(const char *text, struct hr_span indent)
{
    struct column column = {0, 0};
    for (size_t i = indent.start; i < indent.end; i++) {
        column.tabs_to_8 =
            text[i] == '\t' ? (column.tabs_to_8 / 8 + 1) * 8 : column.tabs_to_8 + 1;
        column.tabs_to_1++;
    }
    return column;
}

static struct hr_span body_indent(const struct hr_defs *defs, const struct hr_def *def)
{
    return hr_line_indent(defs->text, def->body_start, def->body);
}

/* The try stands one column right of the def, so the body has to stand two right
 * of it, however tabs are counted. */
static bool needs_shift(const struct hr_defs *defs, const struct hr_def *def)
{
    if (def->inline_body) {
        return false;
    }
    struct column outer = measure(defs->text, def->indent);
    struct column inner = measure(defs->text, body_indent(defs, def));
    return inner.tabs_to_8 < outer.tabs_to_8 + 2 ||
           inner.tabs_to_1 < outer.tabs_to_1 + 2;
}

/* ---- which functions ---- */

static const char *refusal(const struct hr_def *def)
{
    if (!def->detailed) {
        return "it holds syntax that the parser does not know";
    }
    if (def->block_depth > HR_MAX_BLOCKS) {
        return "its blocks are nested too deeply";
    }
    return NULL;
}

static bool wants(struct guarder *guarder, uint32_t index)
{
    const struct hr_def *def = hr_defs_at(guarder->defs, index);
    const struct hr_guard_options *options = guarder->options;
    if (def->kind != HR_DEF_FUNCTION || def->off || (def->detailed && def->trivial)) {
        return false;
    }
    if (options != NULL && options->wanted != NULL &&
        !options->wanted(options->context, guarder->defs, index)) {
        return false;
    }
    const char *reason = refusal(def);
    if (reason != NULL) {
        struct hr_remark *remark =
            guarder->remarks != NULL ? hr_array_push(guarder->remarks) : NULL;
        if (remark != NULL) {
            *remark = (struct hr_remark){.def = index, .reason = reason};
        }
        return false;
    }
    return true;
}

/* ---- saved parameters ---- */

static void append_indent(struct guarder *guarder, uint32_t index)
{
    const struct hr_def *def = hr_defs_at(guarder->defs, index);
    hr_bytes_append(&guarder->scratch, guarder->defs->text + def->indent.start,
                    hr_span_size(def->indent));
    hr_bytes_append_repeat(&guarder->scratch, ' ',
                           *(uint32_t *)hr_array_at(&guarder->shifts, index) + 1);
}

static void append_saves_and_try(struct guarder *guarder, uint32_t index)
{
    const struct hr_defs *defs = guarder->defs;
    const struct hr_def *def = hr_defs_at(defs, index);
    uint32_t count = hr_saves_any(defs, def) ? def->params.count : 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct hr_param *param =
            hr_array_at(&defs->params, def->params.first + i);
        bool copied = param->kind == HR_PARAM_VARKW && param->escapes;
        if (!hr_saves_param(param)) {
            continue;
        }
        append_indent(guarder, index);
        hr_bytes_append_text(&guarder->scratch, HR_GUARD_SAVE_PREFIX);
        hr_saves_append(defs, index, param->name, &guarder->scratch);
        /* A display, not a call of copy(): a profiler would see that. */
        hr_bytes_append_text(&guarder->scratch, copied ? HR_GUARD_SAVE_SUFFIX " = {**"
                                                       : HR_GUARD_SAVE_SUFFIX " = ");
        hr_bytes_append(&guarder->scratch, defs->text + param->name.start,
                        hr_span_size(param->name));
        hr_bytes_append_text(&guarder->scratch, copied ? "}\n" : "\n");
    }
    if (guarder->yields.count > 0) {
        append_indent(guarder, index);
        hr_bytes_append_text(&guarder->scratch, hr_saves_show(defs, def)
                                                    ? "-" HR_GUARD_COUNTS "\n"
                                                    : HR_GUARD_COUNT
                                                    " = +" HR_GUARD_COUNTS "\n");
    }
    append_indent(guarder, index);
    hr_bytes_append_text(&guarder->scratch, "try:\n");
}

/* ---- edits ---- */

static void add_lines(struct guarder *guarder, size_t at, enum hr_origin origin,
                      size_t line)
{
    hr_edits_insert_lines(guarder->edits, at, guarder->scratch.data,
                          guarder->scratch.size, origin, line);
    guarder->edits->pool.failed =
        guarder->edits->pool.failed || guarder->scratch.failed;
}

/* What follows a break in a body that shares the header's line: at its own column,
 * where that is right of the try. */
static void append_own_column(struct guarder *guarder, uint32_t index, size_t at)
{
    size_t start = guarder->scratch.size;
    append_indent(guarder, index);
    hr_bytes_append_char(&guarder->scratch, ' ');
    size_t column = at - hr_line_start(guarder->defs->text, at);
    size_t width = guarder->scratch.size - start;
    if (column > width) {
        hr_bytes_append_repeat(&guarder->scratch, ' ', column - width);
    }
}

/* What follows a break in a body with lines of its own: at their column. */
static void append_body_column(struct guarder *guarder, uint32_t index)
{
    const struct hr_def *def = hr_defs_at(guarder->defs, index);
    struct hr_span indent = body_indent(guarder->defs, def);
    hr_bytes_append(&guarder->scratch, guarder->defs->text + indent.start,
                    hr_span_size(indent));
    hr_bytes_append_repeat(&guarder->scratch, ' ',
                           *(uint32_t *)hr_array_at(&guarder->shifts, index) +
                               needs_shift(guarder->defs, def));
}

/* Breaks the line at `gap` (blanks, a ';' or a continuation): saves and try come
 * between. */
static void break_line(struct guarder *guarder, uint32_t index, struct hr_span gap,
                       bool with_try)
{
    hr_bytes_clear(&guarder->scratch);
    hr_bytes_append_char(&guarder->scratch, '\n');
    if (with_try) {
        append_saves_and_try(guarder, index);
    }
    if (!with_try) {
        append_indent(guarder, index);
    } else if (hr_defs_at(guarder->defs, index)->inline_body) {
        append_own_column(guarder, index, gap.end);
    } else {
        append_body_column(guarder, index);
    }
    hr_edits_replace(guarder->edits, gap, guarder->scratch.data, guarder->scratch.size);
}

/* What follows a docstring on its line: the start of the next statement there, or
 * `none` when the line ends. */
static size_t after_docstring(const struct hr_defs *defs, const struct hr_def *def,
                              size_t none)
{
    const char *text = defs->text;
    size_t at = def->docstring.end;
    bool semicolon = false;
    for (; at < def->span.end; at++) {
        if (text[at] == ';') {
            semicolon = true;
        } else if (text[at] == '\\' && at + 1 < def->span.end) {
            at = hr_line_end(text, defs->size, at + 1) - 1;
        } else if (strchr(" \t\f", text[at]) == NULL) {
            break;
        }
    }
    bool ends =
        at >= def->span.end || text[at] == '\n' || text[at] == '\r' || text[at] == '#';
    return semicolon && !ends ? at : none;
}

static void add_head(struct guarder *guarder, uint32_t index)
{
    const struct hr_defs *defs = guarder->defs;
    const struct hr_def *def = hr_defs_at(defs, index);
    bool docstring = !hr_span_empty(def->docstring);
    if (def->inline_body) {
        break_line(guarder, index, hr_span(def->header_end, def->body), !docstring);
    } else if (docstring) {
        /* No shift here: the body around it is shifted line by line, this line too. */
        hr_bytes_clear(&guarder->scratch);
        hr_bytes_append(&guarder->scratch, defs->text + def->indent.start,
                        hr_span_size(def->indent));
        hr_bytes_append_char(&guarder->scratch, ' ');
        hr_edits_replace(guarder->edits, body_indent(defs, def), guarder->scratch.data,
                         guarder->scratch.size);
    }
    if (docstring) {
        size_t next = after_docstring(defs, def, 0);
        if (next != 0) {
            break_line(guarder, index, hr_span(def->docstring.end, next), true);
            return;
        }
    } else if (def->inline_body) {
        return;
    }
    size_t at = docstring ? hr_line_end(defs->text, defs->size, def->docstring.end)
                          : def->body_start;
    hr_bytes_clear(&guarder->scratch);
    append_saves_and_try(guarder, index);
    add_lines(guarder, at, HR_ORIGIN_NONE, 0);
}

static void find_yields(struct guarder *guarder, uint32_t index)
{
    const struct hr_guard_options *options = guarder->options;
    hr_array_shrink(&guarder->yields, 0);
    if (hr_defs_at(guarder->defs, index)->generator && options != NULL &&
        options->counts) {
        hr_yields_find(guarder->defs, index, &guarder->yields, &guarder->tokens);
    }
}

static void count_yields(struct guarder *guarder, uint32_t index)
{
    const struct hr_def *def = hr_defs_at(guarder->defs, index);
    hr_yields_count(guarder->defs, &guarder->yields,
                    hr_saves_show(guarder->defs, def) ? HR_GUARD_COUNTS
                                                      : HR_GUARD_COUNT,
                    guarder->edits);
}

/* What `yield from` would be, which asynchronous generators do not have. */
static void append_delegation(struct guarder *guarder, uint32_t index)
{
    static const char *const lines[] = {
        (" __hr_restart__ = " HR_GUARD_RESTARTED "()\n"),
        " while await __hr_restart__:\n",
        "  try:\n",
        "   __hr_restart__." HR_GUARD_SENT " = yield __hr_restart__." HR_GUARD_VALUE
        "\n",
        "  except:\n",
        "   __hr_restart__." HR_GUARD_CAUGHT "()\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (i > 0) {
            append_indent(guarder, index);
        }
        hr_bytes_append_text(&guarder->scratch, lines[i]);
    }
}

static void add_tail(struct guarder *guarder, uint32_t index)
{
    const struct hr_defs *defs = guarder->defs;
    const struct hr_def *def = hr_defs_at(defs, index);
    hr_bytes_clear(&guarder->scratch);
    bool open_end = def->end == defs->size && def->end > 0 &&
                    defs->text[def->end - 1] != '\n' &&
                    defs->text[def->end - 1] != '\r';
    if (open_end && !guarder->ended) {
        guarder->ended = true;
        hr_bytes_append_char(&guarder->scratch, '\n');
    }
    append_indent(guarder, index);
    hr_bytes_append_text(&guarder->scratch, "except " HR_GUARD_CRASHED "():\n");
    append_indent(guarder, index);
    if (def->is_async && def->generator) {
        append_delegation(guarder, index);
    } else if (def->is_async) {
        hr_bytes_append_text(&guarder->scratch,
                             " return await " HR_GUARD_RESTARTED "()\n");
    } else if (def->generator) {
        hr_bytes_append_text(&guarder->scratch,
                             " return (yield from " HR_GUARD_RESTARTED "())\n");
    } else {
        hr_bytes_append_text(&guarder->scratch, " return " HR_GUARD_RESTARTED "()\n");
    }
    add_lines(guarder, def->end, HR_ORIGIN_LINE, def->line);
}

static bool shift_body(struct guarder *guarder, uint32_t index, struct hr_error *err)
{
    const struct hr_defs *defs = guarder->defs;
    const struct hr_def *def = hr_defs_at(defs, index);
    struct hr_cut cut;
    struct hr_logical_line line;
    struct hr_error cut_error = {0};
    hr_cut_init_at(&cut, defs->text, def->end, def->body_start, def->line);
    while (hr_cut_line(&cut, &line, &cut_error)) {
        bool docstring = line.first == def->body && !hr_span_empty(def->docstring);
        if (docstring) {
            continue;
        }
        struct hr_span indent = hr_line_indent(defs->text, line.start, line.first);
        hr_edits_insert(guarder->edits, indent.end, " ", 1);
    }
    if (cut_error.kind == HR_ERROR_MEMORY) {
        *err = cut_error;
        return false;
    }
    for (uint32_t i = index + 1; i < def->after; i++) {
        ++*(uint32_t *)hr_array_at(&guarder->shifts, i);
    }
    return true;
}

static bool add_edits(struct guarder *guarder, struct hr_error *err)
{
    uint32_t count = (uint32_t)guarder->defs->defs.count;
    for (uint32_t i = 0; i < count; i++) {
        if (hr_array_push(&guarder->guarded) == NULL ||
            hr_array_push(&guarder->shifts) == NULL) {
            return hr_error_memory(err);
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!wants(guarder, i)) {
            continue;
        }
        *(bool *)hr_array_at(&guarder->guarded, i) = true;
        find_yields(guarder, i);
        add_head(guarder, i);
        count_yields(guarder, i);
        if (needs_shift(guarder->defs, hr_defs_at(guarder->defs, i)) &&
            !shift_body(guarder, i, err)) {
            return false;
        }
    }
    /* From the last to the first: where bodies end together, inner ones end first. */
    for (uint32_t i = count; i-- > 0;) {
        if (*(bool *)hr_array_at(&guarder->guarded, i)) {
            add_tail(guarder, i);
        }
    }
    return true;
}

bool hr_guard_edits(const struct hr_defs *defs, const struct hr_guard_options *options,
                    struct hr_edits *edits, struct hr_array *remarks,
                    struct hr_error *err)
{
    struct guarder guarder = {
        .defs = defs, .options = options, .edits = edits, .remarks = remarks};
    hr_array_init(&guarder.guarded, sizeof(bool));
    hr_array_init(&guarder.shifts, sizeof(uint32_t));
    hr_array_init(&guarder.tokens, sizeof(struct hr_token));
    hr_array_init(&guarder.yields, sizeof(struct hr_yield));
    bool ok = add_edits(&guarder, err);
    if (ok && (guarder.scratch.failed || guarder.tokens.failed ||
               guarder.yields.failed || (remarks != NULL && remarks->failed))) {
        ok = hr_error_memory(err);
    }
    hr_bytes_finish(&guarder.scratch);
    hr_array_finish(&guarder.yields);
    hr_array_finish(&guarder.tokens);
    hr_array_finish(&guarder.shifts);
    hr_array_finish(&guarder.guarded);
    return ok;
}

bool hr_guard(const struct hr_defs *defs, const struct hr_guard_options *options,
              struct hr_bytes *out, struct hr_line_map *map, struct hr_array *remarks,
              struct hr_error *err)
{
    struct hr_edits edits;
    hr_edits_init(&edits);
    bool ok = hr_guard_edits(defs, options, &edits, remarks, err) &&
              hr_edits_apply(&edits, defs->text, defs->size, out, map, err);
    hr_edits_finish(&edits);
    return ok;
}
