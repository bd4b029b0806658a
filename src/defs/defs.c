#include "defs/defs.h"

#include <stdlib.h>
#include <string.h>

#include "defs/detail.h"
#include "defs/outline.h"
#include "defs/supers.h"
#include "syntax/grammar.h"

void hr_defs_init(struct hr_defs *defs)
{
    *defs = (struct hr_defs){0};
    hr_array_init(&defs->defs, sizeof(struct hr_def));
    hr_array_init(&defs->decorators, sizeof(struct hr_decorator));
    hr_array_init(&defs->params, sizeof(struct hr_param));
    hr_array_init(&defs->bindings, sizeof(struct hr_binding));
    hr_array_init(&defs->supers, sizeof(struct hr_super));
    hr_array_init(&defs->errors, sizeof(struct hr_error));
    hr_array_init(&defs->globals, sizeof(struct hr_span));
}

void hr_defs_finish(struct hr_defs *defs)
{
    if (defs != NULL) {
        hr_array_finish(&defs->defs);
        hr_array_finish(&defs->decorators);
        hr_array_finish(&defs->params);
        hr_array_finish(&defs->bindings);
        hr_array_finish(&defs->supers);
        hr_array_finish(&defs->errors);
        hr_array_finish(&defs->globals);
        hr_bytes_finish(&defs->names);
    }
}

struct collector {
    struct hr_defs *defs;
    enum hr_defs_depth depth;
    const size_t *places; /* of the supers that matter, ascending; NULL: all do */
    size_t place_count;
    size_t next_place;
    struct hr_judge *judge; /* NULL: the text is taken for Python */
    struct hr_cut cut;
    struct hr_statement statement;
    struct hr_parser *parser; /* made when the first tree is wanted */
    struct hr_tree tree;
    struct hr_scopes scopes;
};

/* Statements are asked about in their order. */
static bool has_place(struct collector *collector)
{
    struct hr_span span = collector->statement.span;
    if (collector->places == NULL) {
        return true;
    }
    while (collector->next_place < collector->place_count &&
           collector->places[collector->next_place] < span.start) {
        collector->next_place++;
    }
    return collector->next_place < collector->place_count &&
           collector->places[collector->next_place] < span.end;
}

static bool wants_tree(struct collector *collector)
{
    const struct hr_statement *statement = &collector->statement;
    switch (collector->depth) {
    case HR_DEFS_OUTLINE:
        return false;
    case HR_DEFS_SUPERS:
        return statement->has_super && statement->has_definition &&
               has_place(collector);
    case HR_DEFS_DETAIL:
        return statement->has_definition;
    }
    return false;
}

static bool detail(struct collector *collector, uint32_t first, uint32_t last,
                   struct hr_error *err)
{
    struct hr_statement *statement = &collector->statement;
    if (collector->parser == NULL) {
        collector->parser = hr_parser_create(err);
        if (collector->parser == NULL) {
            return false;
        }
    }
    const struct hr_logical_line *line = hr_array_at(&statement->lines, 0);
    struct hr_error parse_error = {0};
    if (!hr_parser_parse(collector->parser, collector->defs->text, statement->span,
                         &collector->tree, &parse_error)) {
        if (parse_error.kind != HR_ERROR_LIMIT) {
            *err = parse_error;
            return false;
        }
        struct hr_error *error = hr_array_push(&collector->defs->errors);
        if (error == NULL) {
            return hr_error_memory(err);
        }
        *error = parse_error;
        error->line = line->line + 1;
        error->column = 1;
        return true;
    }
    if (!hr_detail_statement(collector->defs, first, last, &collector->tree,
                             &collector->scopes, statement->span, line->line)) {
        return hr_error_memory(err);
    }
    return true;
}

static bool collect(struct collector *collector, struct hr_error *err)
{
    struct hr_error cut_error = {0};
    while (hr_cut_statement(&collector->cut, &collector->statement, &cut_error)) {
        uint32_t first = (uint32_t)collector->defs->defs.count;
        if (collector->statement.has_definition &&
            !hr_outline_statement(collector->defs, &collector->statement)) {
            return hr_error_memory(err);
        }
        if (wants_tree(collector) &&
            !detail(collector, first, (uint32_t)collector->defs->defs.count, err)) {
            return false;
        }
    }
    if (cut_error.kind != HR_ERROR_NONE) {
        *err = cut_error;
        return false;
    }
    return hr_outline_number(collector->defs) || hr_error_memory(err);
}

/* Second pass, for super() alone: what the statements without a tree bind in the
 * module, where they name a class that matters. */
static bool collect_globals(struct collector *collector, struct hr_supers_names *names,
                            struct hr_error *err)
{
    struct hr_defs *defs = collector->defs;
    struct hr_error cut_error = {0};
    uint32_t first = 0;
    size_t calls = defs->supers.count;
    collector->next_place = 0;
    hr_cut_init(&collector->cut, defs->text, defs->size);
    while (hr_cut_statement(&collector->cut, &collector->statement, &cut_error)) {
        uint32_t last = first;
        while (last < defs->defs.count &&
               hr_defs_at(defs, last)->keyword < collector->statement.span.end) {
            last++;
        }
        if (!wants_tree(collector) &&
            hr_supers_mentions(names, defs, &collector->statement) &&
            !detail(collector, first, last, err)) {
            return false;
        }
        first = last;
    }
    /* Calls in these statements stand in no class, or do not matter. */
    hr_array_shrink(&defs->supers, calls);
    return true;
}

static bool decide_supers(struct collector *collector, struct hr_error *err)
{
    if (collector->defs->supers.count == 0) {
        return true;
    }
    struct hr_supers_names names;
    bool ok = hr_supers_names_init(&names, collector->defs) || hr_error_memory(err);
    ok = ok && collect_globals(collector, &names, err);
    ok = ok && (hr_supers_decide(collector->defs, &names) || hr_error_memory(err));
    hr_supers_names_finish(&names);
    return ok;
}

static bool run(struct collector *collector, struct hr_error *err)
{
    struct hr_defs *defs = collector->defs;
    hr_cut_init(&collector->cut, defs->text, defs->size);
    collector->cut.judge = collector->judge;
    hr_statement_init(&collector->statement);
    hr_tree_init(&collector->tree);
    hr_scopes_init(&collector->scopes, defs);
    bool ok = collect(collector, err) && decide_supers(collector, err);
    hr_scopes_finish(&collector->scopes);
    hr_tree_finish(&collector->tree);
    hr_statement_finish(&collector->statement);
    hr_parser_destroy(collector->parser);
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

bool hr_defs_collect_python(struct hr_defs *defs, const char *text, size_t size,
                            enum hr_defs_depth depth, struct hr_error *err)
{
    struct hr_judge judge = {.depth = 0};
    struct collector collector = {.defs = defs, .depth = depth, .judge = &judge};
    struct hr_error found = {0};
    defs->text = text;
    defs->size = size;
    if (run(&collector, &found)) {
        return true;
    }
    if (found.kind == HR_ERROR_MEMORY || hr_grammar_check(text, size, err)) {
        *err = found;
    }
    return false;
}

bool hr_defs_collect_supers(struct hr_defs *defs, const char *text, size_t size,
                            const size_t *places, size_t count, struct hr_error *err)
{
    struct collector collector = {
        .defs = defs, .depth = HR_DEFS_SUPERS, .places = places, .place_count = count};
    defs->text = text;
    defs->size = size;
    return run(&collector, err);
}

const char *hr_defs_qualname(const struct hr_defs *defs, uint32_t index)
{
    return defs->names.data + hr_defs_at(defs, index)->qualname;
}

uint32_t hr_defs_find(const struct hr_defs *defs, const char *qualname)
{
    size_t size = strlen(qualname);
    unsigned long number = 1;
    const char *hash = strchr(qualname, '#');
    if (hash != NULL) {
        size = (size_t)(hash - qualname);
        number = strtoul(hash + 1, NULL, 10);
    }
    for (uint32_t i = 0; i < defs->defs.count; i++) {
        const char *name = hr_defs_qualname(defs, i);
        if (strncmp(name, qualname, size) == 0 && name[size] == '\0' &&
            hr_defs_at(defs, i)->ordinal + 1 == number) {
            return i;
        }
    }
    return HR_NONE;
}

uint32_t hr_defs_find_line(const struct hr_defs *defs, uint32_t line)
{
    uint32_t found = HR_NONE;
    uint32_t i = 0;
    while (i < defs->defs.count) {
        const struct hr_def *def = hr_defs_at(defs, i);
        if (line >= def->first_line && line <= def->end_line) {
            found = i;
            i++;
        } else {
            i = def->after;
        }
    }
    return found;
}

bool hr_defs_check(const struct hr_defs *defs, struct hr_error *err)
{
    if (defs->errors.count == 0) {
        return true;
    }
    *err = *(const struct hr_error *)hr_array_at(&defs->errors, 0);
    return false;
}
