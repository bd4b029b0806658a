/*
 * The first step of the cycle (layer 4b): what failed, and with which arguments
 * it had been called.  Runs in the handler of the failed frame, which is alive.
 */
#ifndef HR_RUNTIME_CRASH_H
#define HR_RUNTIME_CRASH_H

#include "runtime/guard/source.h"

enum { HR_DELIVERED_UNKNOWN = -1 };

struct hr_crash {
    struct hr_crash *next; /* of hr_state.pending or .decided */
    PyFrameObject *frame;  /* the failed frame; NULL once it was let go */
    PyObject *exception;   /* the exception; NULL once it was let go */
    PyObject *traceback;   /* its traceback, whose first entry is the frame; or NULL */
    PyObject *handled;  /* hr_crash_settle: what a caller was handling when the call was
                           made; or NULL */
    PyCodeObject *code; /* the code that failed */
    hr_source *source;  /* the text that it came from, or NULL */
    uint32_t def;       /* its definition there, or HR_NONE */
    PyObject *qualname; /* str, without "<locals>." */
    PyObject *function; /* hr_crash_resolve: the function that was called; or NULL */
    PyObject *arguments; /* dict: parameter -> what was passed for it; once there is the
                            function, one that had its default is not in it */
    PyObject *positional; /* tuple: what to call it with instead; or NULL */
    PyObject *keywords;   /* dict, where there is a tuple */
    Py_ssize_t delivered; /* values that a generator had delivered, or UNKNOWN */
    PyObject *count;      /* what counts them (counts.h), or NULL */
    PyObject *thrown;     /* what was thrown into it at the last one, which it was
                             handling when it failed; or NULL */
    PyObject *reads;      /* the parameter whose iterator it had begun to read, so that
                             a new run goes on with what is left in that; or NULL */
    PyObject *item;       /* what it took of that last, to be put back; or NULL */
    bool lost;            /* ... which is not known, nor whether it took any */
    Py_ssize_t again;     /* where it reads: values that come before what is left in a
                             new run as in this one, or UNKNOWN */
    bool takes_values;    /* it uses what is sent in */
    bool described;       /* what becomes of them was said at the prompt */
    PyObject *value;      /* what the caller gets instead of a restart; or NULL */
    PyObject *raises;     /* the exception that it gets instead; or NULL */
    unsigned long thread; /* of hr_state.decided: the one that it failed in */
    PyObject *unwinding;  /* ... and what is to come up to the frame; NULL: anything */
    bool let_go;          /* ... and that it is not to be restarted */
};

/*
 * Describes the failure of `frame`, to be freed with hr_crash_free; without an
 * `exception` a live call that has not failed.  What only a new run needs is left for
 * hr_crash_resolve: a failure that is let go costs the same, however much the program
 * holds.  NULL: out of memory, or the call cannot be restarted, with or without an
 * exception.
 */
struct hr_crash *hr_crash_new(struct hr_state *state, PyFrameObject *frame,
                              PyObject *exception);

/*
 * Finds the function, the very one that was called, and what was its default.  To be
 * called before any version takes another's place.  False without an exception: the
 * function has been given other code, and the call cannot be restarted; with one: out
 * of memory.
 */
bool hr_crash_resolve(struct hr_state *state, struct hr_crash *crash);

/* Notes what a caller was handling, where the call ends in another way, and lets go of
 * the exception. */
void hr_crash_settle(struct hr_crash *crash);

/* Whether the code asks to be restarted when it fails. */
bool hr_crash_can_restart(PyCodeObject *code);

/* Lets go of the exception and of its frames. */
void hr_crash_forget(struct hr_crash *crash);

/* Takes NULL. */
void hr_crash_free(struct hr_crash *crash);

/* The value of a local variable of a live frame (new reference); NULL without an
 * exception if it is unbound. */
PyObject *hr_frame_local(PyFrameObject *frame, PyObject *name);

#endif
