/*
 * What of ours, and of the person's own hot_restart lines, stands in a text;
 * shared by decorate and strip (layer 3, not for other layers).
 */
#ifndef HR_REWRITE_MARKS_H
#define HR_REWRITE_MARKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/span.h"
#include "base/window.h"
#include "defs/defs.h"

#define HR_MODULE_NAME "hot_restart"
#define HR_IMPORT_LINE "import hot_restart"
#define HR_CALL_LINE "hot_restart.wrap_module()"
#define HR_RECORD_START "  # hr: "
#define HR_ORIGIN_START "# hr: origin "
#define HR_EXCLUDED_LINE "@hot_restart.no_wrap  # hr: excluded"

struct hr_alias { /* a name that the text binds to the module or to one of its names */
    struct hr_span name;
    struct hr_span attribute; /* empty: the name is the module */
};

struct hr_marks {
    bool named;                /* the bytes "hot_restart" stand somewhere */
    bool record_seen;          /* the import carries a record */
    bool import_seen;          /* a top-level line is just our import */
    struct hr_span import;     /* that line, its newline included */
    size_t import_end;         /* past the word hot_restart in it */
    struct hr_span record;     /* from the blanks before '#' to the line's end */
    bool added, own;           /* what the record says */
    bool all_supers_own;       /* it says so of all explicit supers */
    struct hr_span own_supers; /* the names in it; empty: none */
    struct hr_span call;       /* the wrap_module() line; empty: none */
    struct hr_span origin;     /* the last-line comment; empty: none */
    size_t place;              /* where an import belongs: the start of a line */
    size_t bound;              /* first top-level `import hot_restart` binds from here;
                                  SIZE_MAX: never */
    struct hr_array aliases;   /* of struct hr_alias */
};

/* Reads the whole text once; `window` is told of that, or NULL.  Fails with
 * HR_ERROR_MEMORY. */
bool hr_marks_init(struct hr_marks *marks, const char *text, size_t size,
                   struct hr_window *window, struct hr_error *err);
void hr_marks_finish(struct hr_marks *marks);

/* The last line, if it reads like an origin; empty: it does not.  It may stand in a
 * string: hr_marks.origin does not. */
struct hr_span hr_marks_find_origin(const char *text, size_t size);

/* Start of the first `if __name__ == "__main__"`; or size. */
size_t hr_marks_find_guard(const char *text, size_t size, struct hr_window *window);

enum hr_decoration {
    HR_DECORATION_NONE,
    HR_DECORATION_OTHER,   /* some other name of hot_restart */
    HR_DECORATION_NO_WRAP, /* no_wrap or ignore */
};

/* What of hot_restart decorates definition `def`. */
enum hr_decoration hr_marks_decoration(const struct hr_marks *marks,
                                       const struct hr_defs *defs, uint32_t def);

/* The whole line of the decorator that strip takes for ours above `def`, its
 * newline included; empty if there is none. */
struct hr_span hr_marks_our_decorator(const struct hr_defs *defs, uint32_t def);

/* The newline that stands at the end of the line at `at`, else of the one before;
 * "\n" if the text has none. */
const char *hr_newline_at(const char *text, size_t size, size_t at);

/* memmem with offsets: the first occurrence at or after `from`, or SIZE_MAX. */
size_t hr_find_bytes(const char *text, size_t size, size_t from, const char *what);

/* --- super.c --- */

struct hr_own_super {     /* one `super(Class, first)` that super() there would get */
    struct hr_span inner; /* what stands between the parentheses */
    size_t name;          /* offset in the names: its function, as pick_name says it */
};

/* Appends "Class, first" for a call that may be made explicit. */
void hr_super_arguments(const struct hr_defs *defs, const struct hr_super *call,
                        struct hr_bytes *out);

/* Whether the text holds, be it in a string, what strip might take for ours. */
bool hr_super_may_be_ours(const char *text, size_t size, struct hr_window *window);

/* Finds the explicit supers that strip would take for ours.  `found` is init'ed
 * with the size of struct hr_own_super; names are NUL-terminated in `names`. */
bool hr_super_find_ours(const char *text, size_t size, struct hr_window *window,
                        struct hr_array *found, struct hr_bytes *names,
                        struct hr_error *err);

/* Does the record list the function of that name (as pick_name says it)? */
bool hr_marks_lists(const struct hr_marks *marks, const char *text, const char *name);

/* Appends the name by which the record and a person pick `def`: "A.m", "A.m#2". */
void hr_marks_pick_name(const struct hr_defs *defs, uint32_t def, struct hr_bytes *out);

#endif
