#include "rewrite/marks.h"

#include <stdint.h>
#include <string.h>

#include "syntax/scan.h"

/* The places where the text reads `super(A.B, c)`. */
struct candidates {
    struct hr_array inners;  /* of struct hr_span: what stands in the parentheses */
    struct hr_array places;  /* of size_t: where `super` stands in `emptied` */
    struct hr_bytes emptied; /* the text once all are `super()` */
};

static size_t skip_name(const char *text, size_t size, size_t at)
{
    while (at < size && hr_is_word((unsigned char)text[at])) {
        at++;
    }
    return at;
}

/* Past the ')' of "A.B, c)" at `at`; 0 if it is not of that form. */
static size_t match_arguments(const char *text, size_t size, size_t at)
{
    for (;;) {
        size_t end = skip_name(text, size, at);
        if (end == at || end >= size) {
            return 0;
        }
        at = end;
        if (text[at] != '.') {
            break;
        }
        at++;
    }
    if (size - at < 2 || memcmp(text + at, ", ", 2) != 0) {
        return 0;
    }
    size_t end = skip_name(text, size, at + 2);
    if (end == at + 2 || end >= size || text[end] != ')') {
        return 0;
    }
    return end + 1;
}

/* The next such place from `at` on: its `super`, with what stands in the parentheses
 * in *inner; SIZE_MAX if there is none. */
static size_t find_candidate(const char *text, size_t size, size_t at,
                             struct hr_window *window, struct hr_span *inner)
{
    while ((at = hr_window_find(window, text, size, at, "super(", strlen("super("))) <
           size) {
        size_t open = at + strlen("super(");
        size_t end = match_arguments(text, size, open);
        bool bounded = at == 0 || (!hr_is_word((unsigned char)text[at - 1]) &&
                                   text[at - 1] != '.');
        if (end != 0 && bounded) {
            *inner = hr_span(open, end - 1);
            return at;
        }
        at = open;
    }
    return SIZE_MAX;
}

bool hr_super_may_be_ours(const char *text, size_t size, struct hr_window *window)
{
    struct hr_span inner;
    return find_candidate(text, size, 0, window, &inner) != SIZE_MAX;
}

static bool find_candidates(const char *text, size_t size, struct hr_window *window,
                            struct candidates *candidates)
{
    struct hr_bytes *emptied = &candidates->emptied;
    size_t copied = 0;
    size_t at = 0;
    struct hr_span found;
    while ((at = find_candidate(text, size, at, window, &found)) != SIZE_MAX) {
        struct hr_span *inner = hr_array_push(&candidates->inners);
        size_t *place = hr_array_push(&candidates->places);
        if (inner == NULL || place == NULL) {
            return false;
        }
        *inner = found;
        *place = emptied->size + (at - copied);
        hr_bytes_append(emptied, text + copied, found.start - copied);
        copied = at = found.end;
    }
    if (candidates->places.count > 0) {
        hr_bytes_append(emptied, text + copied, size - copied);
    }
    return !emptied->failed;
}

void hr_super_arguments(const struct hr_defs *defs, const struct hr_super *call,
                        struct hr_bytes *out)
{
    /* The classes around the owner, outermost first: as deep as indentation allows. */
    uint32_t chain[128];
    size_t depth = 0;
    for (uint32_t i = call->owner; i != HR_NONE && depth < 128;
         i = hr_defs_at(defs, i)->parent) {
        if (hr_defs_at(defs, i)->kind != HR_DEF_CLASS) {
            break;
        }
        chain[depth++] = i;
    }
    while (depth > 0) {
        struct hr_span name = hr_defs_at(defs, chain[--depth])->name;
        hr_bytes_append(out, defs->text + name.start, hr_span_size(name));
        hr_bytes_append_text(out, depth > 0 ? "." : ", ");
    }
    uint32_t first = hr_defs_at(defs, call->function)->params.first;
    const struct hr_param *param = hr_array_at(&defs->params, first);
    hr_bytes_append(out, defs->text + param->name.start, hr_span_size(param->name));
}

/* Keeps of the candidates those that the analysis of the emptied text would fill
 * with the very text that they hold. */
static bool keep_ours(const char *text, const struct hr_defs *defs,
                      const struct candidates *candidates, struct hr_array *found,
                      struct hr_bytes *names)
{
    const size_t *places = candidates->places.items;
    const struct hr_span *inners = candidates->inners.items;
    size_t count = candidates->places.count;
    struct hr_bytes wanted;
    hr_bytes_init(&wanted);
    size_t next = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < defs->supers.count; i++) {
        const struct hr_super *call = hr_array_at(&defs->supers, i);
        while (next < count && places[next] < call->call.start) {
            next++;
        }
        if (next == count) {
            break;
        }
        if (places[next] != call->call.start || call->reason != HR_SUPER_OK) {
            continue;
        }
        struct hr_span inner = inners[next];
        hr_bytes_clear(&wanted);
        hr_super_arguments(defs, call, &wanted);
        if (wanted.failed) {
            ok = false;
        } else if (wanted.size == hr_span_size(inner) &&
                   memcmp(wanted.data, text + inner.start, wanted.size) == 0) {
            struct hr_own_super *own = hr_array_push(found);
            if (own != NULL) {
                own->inner = inner;
                own->name = names->size;
                hr_marks_pick_name(defs, call->function, names);
                hr_bytes_append_char(names, '\0');
            }
        }
    }
    ok = ok && !found->failed && !names->failed;
    hr_bytes_finish(&wanted);
    return ok;
}

/* Our own decorators become comments: to the analysis, a decorator may replace the
 * class, and these were not there when the calls were made explicit. */
static void hide_decorators(struct hr_bytes *text)
{
    size_t at = 0;
    while ((at = hr_find_bytes(text->data, text->size, at,
                               "@" HR_MODULE_NAME ".wrap")) != SIZE_MAX) {
        text->data[at] = '#';
    }
}

bool hr_super_find_ours(const char *text, size_t size, struct hr_window *window,
                        struct hr_array *found, struct hr_bytes *names,
                        struct hr_error *err)
{
    bool ok = false;
    struct candidates candidates;
    struct hr_defs defs;
    struct hr_error ignored = {0};
    hr_array_init(&candidates.inners, sizeof(struct hr_span));
    hr_array_init(&candidates.places, sizeof(size_t));
    hr_bytes_init(&candidates.emptied);
    hr_defs_init(&defs);
    if (!find_candidates(text, size, window, &candidates)) {
        hr_error_memory(err);
        goto done;
    }
    if (candidates.places.count == 0) {
        ok = true;
        goto done;
    }
    hide_decorators(&candidates.emptied);
    if (!hr_defs_collect_supers(&defs, candidates.emptied.data, candidates.emptied.size,
                                candidates.places.items, candidates.places.count,
                                &ignored)) {
        /* A text that cannot be indexed has no super that we could have made. */
        ok = ignored.kind != HR_ERROR_MEMORY || hr_error_memory(err);
        goto done;
    }
    ok = keep_ours(text, &defs, &candidates, found, names) || hr_error_memory(err);
done:
    hr_defs_finish(&defs);
    hr_bytes_finish(&candidates.emptied);
    hr_array_finish(&candidates.places);
    hr_array_finish(&candidates.inners);
    return ok;
}

/* --- the names of functions in the record --- */

void hr_marks_pick_name(const struct hr_defs *defs, uint32_t def, struct hr_bytes *out)
{
    hr_bytes_append_text(out, hr_defs_qualname(defs, def));
    if (hr_defs_at(defs, def)->ordinal > 0) {
        hr_bytes_printf(out, "#%u", hr_defs_at(defs, def)->ordinal + 1);
    }
}

bool hr_marks_lists(const struct hr_marks *marks, const char *text, const char *name)
{
    size_t size = strlen(name);
    size_t at = marks->own_supers.start;
    while (at < marks->own_supers.end) {
        size_t end = at;
        while (end < marks->own_supers.end && text[end] != ',') {
            end++;
        }
        if (end - at == size && memcmp(text + at, name, size) == 0) {
            return true;
        }
        at = end + 1;
        while (at < marks->own_supers.end && text[at] == ' ') {
            at++;
        }
    }
    return false;
}
