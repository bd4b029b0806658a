#include "defs/defs.h"

#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "base/lines.h"
#include "defs/bodies.h"
#include "defs/detail.h"
#include "defs/ordinals.h"
#include "defs/outline.h"
#include "defs/superplan.h"
#include "defs/supers.h"
#include "syntax/grammar.h"

struct later { /* a statement without a tree of its own */
    struct hr_span span;
    uint32_t line;
    uint32_t first, last; /* its definitions */
    bool is_definition;
};

struct collector {
    struct hr_defs *defs;
    enum hr_defs_depth depth;
    const struct hr_defs_taking *taking; /* or NULL */
    struct hr_ordinals ordinals;
    struct hr_super_places places; /* of the supers that matter */
    struct hr_judge *judge;        /* own_judge; NULL: the text is taken for Python */
    struct hr_judge own_judge;
    struct hr_cut cut;
    struct hr_statement statement;
    struct hr_array methods;  /* of uint32_t: those that get a tree */
    struct hr_array later;    /* of struct later, where supers are decided about */
    struct hr_parser *parser; /* made when the first tree is wanted */
    struct hr_tree tree;
    struct hr_scopes scopes;
    struct hr_bodies bodies;
};

/* The detail of definitions [first, last) from the tree of `span`, which starts in
 * 0-based `line`. */
static bool detail(struct collector *collector, struct hr_span span, uint32_t line,
                   uint32_t first, uint32_t last, struct hr_error *err)
{
    struct hr_defs *defs = collector->defs;
    if (collector->parser == NULL) {
        collector->parser = hr_parser_create(err);
        if (collector->parser == NULL) {
            return false;
        }
    }
    struct hr_error parse_error = {0};
    if (!hr_parser_parse(collector->parser, defs->text, span, &collector->tree,
                         &parse_error)) {
        if (parse_error.kind != HR_ERROR_LIMIT) {
            *err = parse_error;
            return false;
        }
        struct hr_error *error = hr_array_push(&defs->errors);
        if (error == NULL) {
            return hr_error_memory(err);
        }
        *error = parse_error;
        error->line = line + 1;
        error->column = 1;
        return true;
    }
    span.start = hr_line_start(defs->text, span.start); /* columns count from there */
    return hr_detail_statement(defs, first, last, &collector->tree, &collector->scopes,
                               span, line) ||
           hr_error_memory(err);
}

static bool detail_methods(struct collector *collector, struct hr_error *err)
{
    for (size_t i = 0; i < collector->methods.count; i++) {
        uint32_t index = *(uint32_t *)hr_array_at(&collector->methods, i);
        const struct hr_def *def = hr_defs_at(collector->defs, index);
        if (!detail(collector, hr_span(def->keyword, def->end), def->line, index,
                    def->after, err)) {
            return false;
        }
    }
    return true;
}

static enum hr_super_plan plan(struct collector *collector, uint32_t first,
                               uint32_t last)
{
    switch (collector->depth) {
    case HR_DEFS_OUTLINE:
    case HR_DEFS_GUARD:
        break;
    case HR_DEFS_SUPERS:
        return hr_super_plan(collector->defs, &collector->statement, first, last,
                             &collector->places, &collector->methods);
    case HR_DEFS_DETAIL:
        if (collector->statement.has_definition) {
            return HR_SUPER_PLAN_WHOLE;
        }
        break;
    }
    return HR_SUPER_PLAN_NONE;
}

static bool note_later(struct collector *collector, uint32_t first, uint32_t last)
{
    const struct hr_logical_line *line = hr_array_at(&collector->statement.lines, 0);
    struct later *later = hr_array_push(&collector->later);
    if (later != NULL) {
        *later = (struct later){.span = collector->statement.span,
                                .line = line->line,
                                .first = first,
                                .last = last,
                                .is_definition = line->kind != HR_LINE_OTHER};
    }
    return later != NULL;
}

static bool collect_bodies(struct collector *collector, uint32_t first, uint32_t last,
                           struct hr_error *err)
{
    struct hr_statement *statement = &collector->statement;
    const struct hr_logical_line *line = hr_array_at(&statement->lines, 0);
    bool unsure = false;
    if (!hr_bodies_statement(&collector->bodies, statement, first, &unsure)) {
        return hr_error_memory(err);
    }
    return !unsure || detail(collector, statement->span, line->line, first, last, err);
}

/* The detail of the statement's definitions, supers aside. */
static bool collect_detail(struct collector *collector, uint32_t first, uint32_t last,
                           struct hr_error *err)
{
    const struct hr_logical_line *line = hr_array_at(&collector->statement.lines, 0);
    switch (collector->depth) {
    case HR_DEFS_GUARD:
        return collect_bodies(collector, first, last, err);
    case HR_DEFS_DETAIL:
        return detail(collector, collector->statement.span, line->line, first, last,
                      err);
    default:
        return true;
    }
}

static bool take_statement(struct collector *collector, struct hr_error *err)
{
    struct hr_defs *defs = collector->defs;
    const struct hr_logical_line *line = hr_array_at(&collector->statement.lines, 0);
    defs->statement = collector->statement.span;
    defs->statement_line =
        line->line - (uint32_t)hr_count_newlines(defs->text, line->first, line->start);
    bool ok = collect_detail(collector, 0, (uint32_t)defs->defs.count, err);
    if (ok && collector->taking->ordinals) {
        ok = hr_ordinals_number(&collector->ordinals, defs) || hr_error_memory(err);
    }
    ok = ok && collector->taking->take(collector->taking->context, defs, err);
    hr_defs_clear(defs);
    return ok;
}

static bool collect_statement(struct collector *collector, struct hr_error *err)
{
    struct hr_defs *defs = collector->defs;
    struct hr_statement *statement = &collector->statement;
    uint32_t first = (uint32_t)defs->defs.count;
    if (statement->has_definition && !hr_outline_statement(defs, statement)) {
        return hr_error_memory(err);
    }
    uint32_t last = (uint32_t)defs->defs.count;
    if (collector->taking != NULL) {
        return first == last || take_statement(collector, err);
    }
    if (collector->depth == HR_DEFS_GUARD) {
        return first == last || collect_detail(collector, first, last, err);
    }
    enum hr_super_plan wanted = plan(collector, first, last);
    if (collector->methods.failed) {
        return hr_error_memory(err);
    }
    if (wanted == HR_SUPER_PLAN_WHOLE) {
        const struct hr_logical_line *line = hr_array_at(&statement->lines, 0);
        return detail(collector, statement->span, line->line, first, last, err);
    }
    if (collector->depth != HR_DEFS_OUTLINE && !note_later(collector, first, last)) {
        return hr_error_memory(err);
    }
    return wanted == HR_SUPER_PLAN_NONE || detail_methods(collector, err);
}

static bool collect(struct collector *collector, struct hr_error *err)
{
    struct hr_error cut_error = {0};
    size_t passed = 0;
    while (hr_cut_statement(&collector->cut, &collector->statement, &cut_error)) {
        if (!collect_statement(collector, err)) {
            return false;
        }
        if (collector->defs->defs.count + collector->later.count >= passed + 4096) {
            passed = collector->defs->defs.count + collector->later.count;
            hr_array_let_go(&collector->later);
            hr_defs_let_go(collector->defs);
        }
        hr_window_passed(collector->defs->window,
                         collector->defs->text + collector->statement.span.start);
    }
    if (cut_error.kind != HR_ERROR_NONE) {
        *err = cut_error;
        return false;
    }
    return hr_outline_number(collector->defs) || hr_error_memory(err);
}

/* Of methods that had a tree of their own.  What they bind in the module is counted
 * twice then, which makes no difference: once is too often already. */
static void forget_detail(struct hr_defs *defs, uint32_t first, uint32_t last)
{
    for (uint32_t i = first; i < last; i++) {
        struct hr_def *def = hr_array_at(&defs->defs, i);
        def->params = def->bindings = (struct hr_range){0};
        def->detailed = false;
    }
}

/* For super() alone: what the statements without a tree bind in the module, where
 * they name a class that matters. */
static bool collect_globals(struct collector *collector, struct hr_supers_names *names,
                            struct hr_error *err)
{
    struct hr_defs *defs = collector->defs;
    size_t calls = defs->supers.count;
    for (size_t i = 0; i < collector->later.count; i++) {
        const struct later *later = hr_array_at(&collector->later, i);
        if (i % 4096 == 4095) {
            hr_array_let_go(&collector->later);
            hr_defs_let_go(defs);
        }
        hr_window_passed(defs->window, defs->text + later->span.start);
        if (!hr_supers_may_bind(names, defs, later->span, later->is_definition)) {
            continue;
        }
        forget_detail(defs, later->first, later->last);
        if (!detail(collector, later->span, later->line, later->first, later->last,
                    err)) {
            return false;
        }
    }
    /* Calls in these statements stand in no class, or do not matter. */
    hr_array_shrink(&defs->supers, calls);
    return true;
}

static bool decide_supers(struct collector *collector, struct hr_error *err)
{
    if (collector->defs->supers.count == 0 || collector->depth == HR_DEFS_GUARD ||
        collector->taking != NULL) {
        return true;
    }
    struct hr_supers_names names;
    bool ok = hr_supers_names_init(&names, collector->defs) || hr_error_memory(err);
    ok = ok && collect_globals(collector, &names, err);
    ok = ok && (hr_supers_decide(collector->defs, &names) || hr_error_memory(err));
    hr_supers_names_finish(&names);
    return ok;
}

static void collector_init(struct collector *collector)
{
    struct hr_defs *defs = collector->defs;
    hr_cut_init(&collector->cut, defs->text, defs->size);
    collector->cut.judge = collector->judge;
    if (collector->taking != NULL && collector->depth == HR_DEFS_OUTLINE) {
        collector->cut.next_super = defs->size; /* nobody asks for one */
    }
    hr_statement_init(&collector->statement);
    hr_tree_init(&collector->tree);
    hr_array_init(&collector->methods, sizeof(uint32_t));
    hr_array_init(&collector->later, sizeof(struct later));
    collector->later.spill = (struct hr_spill){.may_map = defs->defs.spill.may_map};
    hr_scopes_init(&collector->scopes, defs);
    hr_bodies_init(&collector->bodies, defs);
    hr_ordinals_init(&collector->ordinals, defs->text);
}

static void collector_finish(struct collector *collector)
{
    hr_ordinals_finish(&collector->ordinals);
    hr_bodies_finish(&collector->bodies);
    hr_scopes_finish(&collector->scopes);
    hr_array_finish(&collector->later);
    hr_array_finish(&collector->methods);
    hr_tree_finish(&collector->tree);
    hr_statement_finish(&collector->statement);
    hr_parser_destroy(collector->parser);
}

static bool run(struct collector *collector, struct hr_error *err)
{
    collector_init(collector);
    bool ok = collect(collector, err) && decide_supers(collector, err);
    collector_finish(collector);
    return ok;
}

/* A class without type parameters says nothing of what stands in it. */
static bool is_wanted_for_inner(const struct hr_defs *defs, const struct hr_def *def)
{
    size_t at = def->name.end;
    while (at < defs->size && strchr(" \t\f\\\r\n", defs->text[at]) != NULL) {
        at++;
    }
    return def->kind == HR_DEF_FUNCTION || (at < defs->size && defs->text[at] == '[');
}

bool hr_defs_add_detail(struct hr_defs *defs, uint32_t index, struct hr_error *err)
{
    uint32_t outermost = index;
    for (uint32_t i = index; i != HR_NONE; i = hr_defs_at(defs, i)->parent) {
        if (is_wanted_for_inner(defs, hr_defs_at(defs, i))) {
            outermost = i;
        }
    }
    const struct hr_def *def = hr_defs_at(defs, outermost);
    if (def->detailed) {
        return true;
    }
    struct collector collector = {.defs = defs, .depth = HR_DEFS_OUTLINE};
    collector_init(&collector);
    bool ok = detail(&collector, hr_span(def->keyword, def->end), def->line, outermost,
                     def->after, err);
    collector_finish(&collector);
    return ok;
}

bool hr_defs_collect(struct hr_defs *defs, const char *text, size_t size,
                     enum hr_defs_depth depth, struct hr_error *err)
{
    struct collector collector = {.defs = defs, .depth = depth};
    defs->text = text;
    defs->size = size;
    return run(&collector, err);
}

/* Of a text that may be no Python. */
static bool run_judged(struct collector *collector, const char *text, size_t size,
                       struct hr_error *err)
{
    struct hr_error found = {0};
    collector->own_judge = (struct hr_judge){.depth = 0};
    collector->judge = &collector->own_judge;
    collector->defs->text = text;
    collector->defs->size = size;
    if (run(collector, &found)) {
        return true;
    }
    if (found.kind == HR_ERROR_MEMORY || hr_grammar_check(text, size, err)) {
        *err = found;
    }
    return false;
}

bool hr_defs_collect_python(struct hr_defs *defs, const char *text, size_t size,
                            enum hr_defs_depth depth, struct hr_error *err)
{
    struct collector collector = {.defs = defs, .depth = depth};
    return run_judged(&collector, text, size, err);
}

bool hr_defs_take(struct hr_defs *defs, const char *text, size_t size,
                  const struct hr_defs_taking *taking, struct hr_error *err)
{
    struct collector collector = {
        .defs = defs, .depth = taking->depth, .taking = taking};
    if (taking->python) {
        return run_judged(&collector, text, size, err);
    }
    defs->text = text;
    defs->size = size;
    return run(&collector, err);
}

bool hr_defs_collect_supers(struct hr_defs *defs, const char *text, size_t size,
                            const size_t *places, size_t count, struct hr_error *err)
{
    struct collector collector = {.defs = defs,
                                  .depth = HR_DEFS_SUPERS,
                                  .places = {.places = places, .count = count}};
    defs->text = text;
    defs->size = size;
    return run(&collector, err);
}
