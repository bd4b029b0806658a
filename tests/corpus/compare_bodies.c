/*
 * What the guard has to know of functions, from tokens and from trees: the same?
 *
 *     compare-bodies FOLDER ...
 *
 * Reads each .py file below the folders.  Prints what differs and counts; exits 1 if
 * the tokens say less than the tree: a parameter that the tree holds for rebound, or a
 * dict that it holds for handed out, has to be one for the tokens too, unless the
 * parameter is that of a function further in, or is read in a case's pattern.
 */
#define _XOPEN_SOURCE 700 /* nftw */

#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "base/block.h"
#include "base/file.h"
#include "defs/defs.h"

static struct { /* nftw passes no context */
    unsigned long files, functions, broken, escapes, tighter, patterns, differences;
} counts;

static void differ(const char *path, const struct hr_defs *defs, uint32_t index,
                   const char *what)
{
    counts.differences++;
    printf("%s:%u: %s: %s\n", path, hr_defs_at(defs, index)->line + 1,
           hr_defs_qualname(defs, index), what);
}

static const struct hr_param *param_at(const struct hr_defs *defs,
                                       const struct hr_def *def, uint32_t i)
{
    return hr_array_at(&defs->params, def->params.first + i);
}

/* Whether a function inside has a parameter of that name: its uses are its own. */
static bool is_shadowed(const struct hr_defs *defs, uint32_t index, struct hr_span name)
{
    for (uint32_t i = index + 1; i < hr_defs_at(defs, index)->after; i++) {
        const struct hr_def *def = hr_defs_at(defs, i);
        for (uint32_t p = 0; p < def->params.count; p++) {
            struct hr_span other = param_at(defs, def, p)->name;
            if (hr_span_size(other) == hr_span_size(name) &&
                memcmp(defs->text + other.start, defs->text + name.start,
                       hr_span_size(name)) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* The tree takes each name in a pattern for one that it binds. */
static bool holds_case(const struct hr_defs *defs, const struct hr_def *def)
{
    return hr_find_span(defs->text, def->end, def->body_start, " case ", 6) < def->end;
}

static bool same_span(struct hr_span a, struct hr_span b)
{
    return a.start == b.start && a.end == b.end;
}

static void compare_params(const char *path, const struct hr_defs *tokens,
                           const struct hr_defs *tree, uint32_t index)
{
    const struct hr_def *one = hr_defs_at(tokens, index);
    const struct hr_def *other = hr_defs_at(tree, index);
    if (one->params.count != other->params.count) {
        differ(path, tree, index, "the number of parameters");
        return;
    }
    for (uint32_t i = 0; i < one->params.count; i++) {
        const struct hr_param *a = param_at(tokens, one, i);
        const struct hr_param *b = param_at(tree, other, i);
        if (!same_span(a->name, b->name) || a->kind != b->kind) {
            differ(path, tree, index, "a parameter");
        }
        if (!same_span(a->default_value, b->default_value) ||
            !same_span(a->annotation, b->annotation)) {
            differ(path, tree, index, "a parameter's default or annotation");
        }
        if (!a->rebound && b->rebound && holds_case(tree, other)) {
            counts.patterns++;
        } else if (a->rebound != b->rebound) {
            differ(path, tree, index,
                   a->rebound ? "rebound, but not by the tree"
                              : "not rebound, but by the tree");
        }
        if (a->kind != HR_PARAM_VARKW) {
            continue;
        }
        counts.escapes += a->escapes;
        if (!a->escapes && b->escapes && is_shadowed(tree, index, b->name)) {
            counts.tighter++;
        } else if (a->escapes != b->escapes) {
            differ(path, tree, index,
                   a->escapes ? "handed out, but not by the tree"
                              : "not handed out, but by the tree");
        }
    }
}

static void compare(const char *path, const struct hr_defs *tokens,
                    const struct hr_defs *tree)
{
    for (uint32_t i = 0; i < tokens->defs.count; i++) {
        const struct hr_def *one = hr_defs_at(tokens, i);
        const struct hr_def *other = hr_defs_at(tree, i);
        if (one->detailed && other->detailed &&
            !same_span(one->docstring, other->docstring)) {
            differ(path, tree, i, "the docstring");
        }
        if (one->kind != HR_DEF_FUNCTION) {
            continue;
        }
        counts.functions++;
        if (!one->detailed || !other->detailed) {
            counts.broken++;
            continue;
        }
        if (one->generator != other->generator) {
            differ(path, tree, i, "a generator or not");
        }
        if (one->block_depth != other->block_depth) {
            differ(path, tree, i, "the nested blocks");
        }
        if (one->trivial != other->trivial) {
            differ(path, tree, i, "trivial or not");
        }
        compare_params(path, tokens, tree, i);
    }
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    size_t size = strlen(path);
    struct hr_bytes text = {0};
    struct hr_error err = {0};
    struct hr_defs tokens, tree;
    (void)st;
    (void)ftw;
    if (type != FTW_F || size < 3 || strcmp(path + size - 3, ".py") != 0 ||
        strstr(path, "/site-packages/") != NULL || !hr_file_read(path, &text, &err)) {
        return 0;
    }
    hr_defs_init(&tokens);
    hr_defs_init(&tree);
    if (hr_defs_collect_python(&tree, text.data, text.size, HR_DEFS_DETAIL, &err) &&
        hr_defs_collect(&tokens, text.data, text.size, HR_DEFS_GUARD, &err)) {
        counts.files++;
        compare(path, &tokens, &tree);
    }
    hr_defs_finish(&tokens);
    hr_defs_finish(&tree);
    hr_bytes_finish(&text);
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        nftw(argv[i], visit, 32, FTW_PHYS);
    }
    printf("%lu files, %lu functions, %lu that one of the two cannot read\n"
           "%lu **dicts handed out; %lu not, since a function inside has its own\n"
           "%lu parameters that a pattern only reads\n"
           "%lu differences\n",
           counts.files, counts.functions, counts.broken, counts.escapes,
           counts.tighter, counts.patterns, counts.differences);
    return counts.differences > 0 || counts.files == 0;
}
