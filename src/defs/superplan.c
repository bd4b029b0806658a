#include "defs/superplan.h"

#include <string.h>

#include "base/block.h"
#include "defs/superwords.h"

static size_t skip_blanks(const char *text, size_t end, size_t at)
{
    while (at < end && text[at] != '\0' && strchr(" \t\f\r\n\\", text[at]) != NULL) {
        at++;
    }
    return at;
}

/* Whether super() without arguments may stand at `at`: too often rather than too
 * seldom. */
static bool may_be_call(const char *text, size_t end, size_t at)
{
    if (at > 0 && hr_is_word((unsigned char)text[at - 1])) {
        return false;
    }
    at = skip_blanks(text, end, at + strlen("super"));
    if (at < end && text[at] == '(') {
        at = skip_blanks(text, end, at + 1);
        return at < end && (text[at] == ')' || text[at] == '#');
    }
    return at < end && text[at] == '#';
}

/* The next place in the statement that matters, from `at` on; `end` if there is
 * none. */
static size_t next_place(const char *text, size_t at, size_t end,
                         struct hr_super_places *places)
{
    if (places->places != NULL) {
        while (places->next < places->count && places->places[places->next] < at) {
            places->next++;
        }
        bool inside =
            places->next < places->count && places->places[places->next] < end;
        return inside ? places->places[places->next] : end;
    }
    for (; (at = hr_find_span(text, end, at, "super", 5)) < end; at += 5) {
        if (may_be_call(text, end, at)) {
            return at;
        }
    }
    return end;
}

/* Does the bare name __class__ stand in it?  A class that binds it decides about
 * the calls in all its methods. */
static bool names_class_cell(const char *text, struct hr_span span)
{
    size_t at = span.start;
    for (; (at = hr_find_span(text, span.end, at, "__class__", 9)) < span.end;
         at += 9) {
        if (at == 0 || text[at - 1] != '.') {
            return true;
        }
    }
    return false;
}

static bool has_type_parameters(const char *text, const struct hr_def *def)
{
    size_t at = skip_blanks(text, def->header_end, def->name.end);
    return at < def->header_end && text[at] == '[';
}

/* The function at the top, or straight in the class at the top, that holds `at`;
 * HR_NONE if it stands elsewhere. */
static uint32_t find_method(const struct hr_defs *defs, uint32_t first, uint32_t last,
                            size_t at)
{
    uint32_t i = hr_defs_at(defs, first)->kind == HR_DEF_CLASS ? first + 1 : first;
    while (i < last && hr_defs_at(defs, i)->end <= at) {
        i = hr_defs_at(defs, i)->after;
    }
    if (i >= last || hr_defs_at(defs, i)->keyword > at ||
        hr_defs_at(defs, i)->kind != HR_DEF_FUNCTION) {
        return HR_NONE;
    }
    return i;
}

enum hr_super_plan hr_super_plan(const struct hr_defs *defs,
                                 const struct hr_statement *statement, uint32_t first,
                                 uint32_t last, struct hr_super_places *places,
                                 struct hr_array *methods)
{
    struct hr_span span = statement->span;
    const char *text = defs->text;
    hr_array_shrink(methods, 0);
    if (!statement->has_super || !statement->has_definition) {
        return HR_SUPER_PLAN_NONE;
    }
    size_t at = next_place(text, span.start, span.end, places);
    if (at == span.end) {
        return HR_SUPER_PLAN_NONE;
    }
    const struct hr_logical_line *line = hr_array_at(&statement->lines, 0);
    if (line->kind == HR_LINE_OTHER || first == last ||
        has_type_parameters(text, hr_defs_at(defs, first)) ||
        names_class_cell(text, span)) {
        return HR_SUPER_PLAN_WHOLE;
    }
    while (at < span.end) {
        uint32_t method = find_method(defs, first, last, at);
        uint32_t *item = method != HR_NONE ? hr_array_push(methods) : NULL;
        if (item == NULL) {
            return HR_SUPER_PLAN_WHOLE;
        }
        *item = method;
        at = next_place(text, hr_defs_at(defs, method)->end, span.end, places);
    }
    return HR_SUPER_PLAN_METHODS;
}
