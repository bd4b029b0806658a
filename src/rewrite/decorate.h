/*
 * Decorate, explicit super, strip: what hr-instrument puts into a person's
 * file and takes out again (layer 3).
 *
 * What is put in says so itself, because strip has nothing else to go by:
 *
 *   @hot_restart.wrap, @hot_restart.wrap_class   whole lines, innermost
 *   @hot_restart.no_wrap  # hr: excluded         a method that was not wanted
 *   hot_restart.wrap_module()                    a whole line at the top level
 *   import hot_restart                           a whole line at the top level
 *   super(Class, first)                          text that super() there would get
 *   # hr: origin PATH                            the last line, percent-encoded
 *
 * Where a text already holds what strip would take for ours, a record behind
 * the import says so: "import hot_restart  # hr: ITEM; ITEM", ITEM being
 * `added` (the line is ours although the text names hot_restart elsewhere),
 * `own` (the line was there before), `own super in NAME, NAME` (explicit supers in
 * these functions were there before; none is made in them) or `own supers` (all
 * were there before; none is made in the text).
 */
#ifndef HR_REWRITE_DECORATE_H
#define HR_REWRITE_DECORATE_H

#include <stdbool.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/window.h"
#include "defs/defs.h"
#include "rewrite/edits.h"

enum hr_style {
    HR_STYLE_DECORATORS, /* a decorator line above each definition */
    HR_STYLE_MODULE,     /* one hot_restart.wrap_module() */
};

struct hr_decorate_options {
    enum hr_style style;
    /* Which definitions are meant (methods are asked about too); NULL: all. */
    bool (*wanted)(void *context, const struct hr_defs *defs, uint32_t def);
    void *context;
    bool nested;         /* also those inside functions */
    bool explicit_super; /* super() -> super(Class, first), where it means the same */
    struct hr_window *window; /* told how far the text was read; may be NULL */
};

/* Something at an offset of the text that was left as it is, and why. */
struct hr_left {
    size_t offset;
    const char *reason; /* static text */
};

/*
 * Adds the edits that instrument the text.  Style decorators: wrap_class above
 * each class, wrap above each function that does not stand directly in a class
 * body, innermost; one import after the docstring and the __future__ imports.
 * Definitions that carry a hot_restart decorator already are left, those under
 * no_wrap, ignore or "# hr: off" with all that they hold; so doing it twice is
 * doing it once.  Style module: the import, and the call before the first
 * `if __name__ == "__main__":`, or at the end.
 *
 * `defs` may be of depth OUTLINE if explicit_super is off or the text does not
 * hold the bytes "super", else it must be SUPERS or DETAIL.  Adds a struct
 * hr_left to `left` (init'ed with that item size; may be NULL) for each super()
 * that stays.  Fails with HR_ERROR_MEMORY.
 */
bool hr_decorate(const struct hr_defs *defs, const struct hr_decorate_options *options,
                 struct hr_edits *edits, struct hr_array *left, struct hr_error *err);

/*
 * The same in steps: create, take as often as there are statements with definitions
 * (in order, each an index of its own), end, destroy.  End gets an index of the whole
 * text, or, if explicit_super is off or the text does not hold "super", an empty one.
 * What create is given is borrowed.  NULL: HR_ERROR_MEMORY, as the others fail.
 */
struct hr_decorating;
struct hr_decorating *hr_decorating_create(const char *text, size_t size,
                                           const struct hr_decorate_options *options,
                                           struct hr_edits *edits,
                                           struct hr_array *left, struct hr_error *err);
bool hr_decorating_take(struct hr_decorating *job, const struct hr_defs *defs,
                        struct hr_error *err);
bool hr_decorating_end(struct hr_decorating *job, const struct hr_defs *defs,
                       struct hr_error *err);

/* Takes NULL. */
void hr_decorating_destroy(struct hr_decorating *job);

/*
 * Adds the edits that take out what hr_decorate and hr_add_origin put in, to the
 * very bytes.  What is not recognised as our own stays, and is added to `left`
 * (as above) where it names hot_restart.  Decorators that a person wrote in just
 * our form go too; the import only if nothing else names hot_restart, or its
 * record says that it is ours.  `defs` may be of any depth.  Fails with
 * HR_ERROR_MEMORY.
 */
bool hr_strip(const struct hr_defs *defs, struct hr_edits *edits, struct hr_array *left,
              struct hr_error *err);

/* The same in steps, as of hr_decorating; `window` may be NULL. */
struct hr_stripping;
struct hr_stripping *hr_stripping_create(const char *text, size_t size,
                                         struct hr_window *window,
                                         struct hr_edits *edits, struct hr_array *left,
                                         struct hr_error *err);
bool hr_stripping_take(struct hr_stripping *job, const struct hr_defs *defs,
                       struct hr_error *err);
bool hr_stripping_end(struct hr_stripping *job, struct hr_error *err);
void hr_stripping_destroy(struct hr_stripping *job);

/*
 * Whether `def` is one that the options had wanted when the text, style decorators, was
 * made: it stands below a line of ours, or is a method of a class that does and that
 * wraps it.  Ignores what the person had wrapped.
 */
bool hr_was_wanted(const struct hr_defs *defs, uint32_t def);

/*
 * Adds the last-line comment that names the file a copy was made from; `path` is
 * encoded so that it is ASCII and one line.  An origin that is there stays.
 */
bool hr_add_origin(const char *text, size_t size, const char *path,
                   struct hr_edits *edits, struct hr_error *err);

/* Appends the decoded path that the last line of `text` names as its origin to
 * `path`; false if it names none that is absolute. */
bool hr_find_origin(const char *text, size_t size, struct hr_bytes *path);

#endif
