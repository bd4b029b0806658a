/*
 * What stands around an instruction (layer 4b), read from the text once and
 * remembered: an exception that passes asks again and again for the same few.
 */
#ifndef HR_RUNTIME_PLACES_H
#define HR_RUNTIME_PLACES_H

#include "runtime/guard/source.h"

#include "base/array.h"
#include "base/span.h"
#include "syntax/cut.h"

struct hr_place {
    PyCodeObject
        *owner; /* whose instruction it is: kept alive, its address is the key */
    int lasti;
    bool plain;  /* nobody but what calls there could do anything to a failure */
    bool calls;  /* it calls */
    bool direct; /* ... Python code, and no C is in between */
    const struct hr_place *above; /* of its caller, the last time: a guess, or NULL */
    hr_source *source;            /* NULL: the code was made from text alone */
    struct hr_array handlers;     /* of struct hr_handler */
    PyObject **names;    /* for each: its expression, where that is one name that
                          * is no variable of the code's own; else NULL */
    struct hr_span code; /* what the instruction covers; empty: not known */
    int opcode;
    bool guarded; /* the code is */
    bool pool;    /* the code may be a thread pool's: threads.h */
    bool keeper;  /* it may be one that keeps what it catches: swallow.h */
};

/* The place of the instruction at byte `lasti`: borrowed until the outermost
 * hr_places_leave, NULL without an exception if there is no memory for it. */
const struct hr_place *hr_places_find(struct hr_state *state, PyCodeObject *code,
                                      int lasti);

/* The same for the caller of what is at `below` (NULL: not known), which is likely to
 * be the one of the last time. */
static inline const struct hr_place *hr_places_above(struct hr_state *state,
                                                     const struct hr_place *below,
                                                     PyCodeObject *code, int lasti)
{
    const struct hr_place *place = below != NULL ? below->above : NULL;
    if (place == NULL || place->owner != code || place->lasti != lasti) {
        place = hr_places_find(state, code, lasti);
        if (below != NULL) {
            ((struct hr_place *)below)->above = place;
        }
    }
    return place;
}

/* Between these, whatever is found stays where it is.  They nest. */
void hr_places_enter(struct hr_state *state);
void hr_places_leave(struct hr_state *state);

/* The text that the code came from, as far as it can be had: new reference; NULL
 * without an exception for what was made from text alone. */
hr_source *hr_places_source(struct hr_state *state, PyCodeObject *code);

/* The 0-based line to read a function's code from; 0 for other code, which may start
 * within a statement. */
uint32_t hr_places_first_line(PyCodeObject *code);

/* Cuts the statement that a function's code comes from; to be finished.  Without lines
 * where the text is no longer that. */
void hr_places_statement(const hr_source *source, PyCodeObject *code,
                         struct hr_statement *statement);

/* The first `yield` below the def of `code`: its 0-based line and its column in bytes;
 * false if there is none. */
bool hr_places_find_yield(const hr_source *source, PyCodeObject *code, uint32_t *line,
                          size_t *column);

/* The byte of a 1-based line and a 0-based column, or the text's end. */
size_t hr_places_offset(const hr_source *source, int line, int column);

#endif
