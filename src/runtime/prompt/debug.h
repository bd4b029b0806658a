/*
 * The third step of the cycle (layer 4b): the debugger on the live stack.  The
 * front end is terminal.py, stepping.py, values.py, commands.py, debugger.py and
 * debuggers.py in one namespace, built in and compiled at their first use; views.c is
 * what they may ask.
 */
#ifndef HR_RUNTIME_DEBUG_H
#define HR_RUNTIME_DEBUG_H

#include "runtime/state.h"

enum hr_action {
    HR_ACTION_CONTINUE, /* reload and restart */
    HR_ACTION_RESTART,  /* the same with hr_debug_argument(), of hr_debug_target() */
    HR_ACTION_QUIT,     /* let the exception go on */
    HR_ACTION_RERAISE,  /* let it go on to the top */
    HR_ACTION_RELOAD,   /* reload hr_debug_argument(), and ask again */
    HR_ACTION_EXIT,     /* let it, and each one after it, go on to the top */
    HR_ACTION_RETURN,   /* give the caller hr_debug_argument(), a tuple of one */
    HR_ACTION_RAISE,    /* let the exception hr_debug_argument() go on instead */
};

struct hr_debug_session {
    PyObject *prompt; /* the front end's object */
    int headroom;     /* by how much the recursion limit was raised */
    bool told;        /* renew.c: the person knows of `reload` */
};

/* Whether hr_debug_open could succeed: somebody waits for it, there is a terminal, or a
 * debugger with a client of its own.  Cheap. */
bool hr_debug_is_possible(struct hr_state *state);

/* Imports what the front end is made of, while no module is guarded: a failure in the
 * middle of one of these would find the prompt without it.  Never fails. */
void hr_debug_prepare(struct hr_state *state);

/*
 * Opens the prompt, positioned in `frame`, after waiting (without the GIL) until no
 * other thread, and no other process of the session, has one open.  `traceback` may be
 * NULL.  The frames in the list `hidden` are not shown.  False, without an exception:
 * there is no terminal, or it could not be opened (with a remark); nothing needs
 * closing then.
 */
bool hr_debug_open(struct hr_state *state, struct hr_debug_session *session,
                   PyFrameObject *frame, PyObject *exception, PyObject *traceback,
                   PyObject *qualname, PyObject *hidden);

/* The person's decision, by a command or by what was called or set at the prompt. Never
 * fails: a broken prompt quits, with a remark. */
enum hr_action hr_debug_ask(struct hr_state *state, struct hr_debug_session *session);

/* What the last command was given: a new reference, or NULL if that was nothing.  For a
 * restart a pair (positional, keywords), for a reload a str. */
PyObject *hr_debug_argument(struct hr_debug_session *session);

/* The same for a restart: new references, or NULL in both where nothing was given. */
void hr_debug_arguments(struct hr_debug_session *session, PyObject **positional,
                        PyObject **keywords);

/* The call that a restart is of: a new reference to a caller's frame, or NULL for the
 * failed one. */
PyFrameObject *hr_debug_target(struct hr_debug_session *session);

/*
 * The person has quit at a step in a call of `code` that was restarted for it: the
 * failure that it had, which it goes on with (new reference); NULL if `exception` does
 * not say so.  From the exception's traceback the debugger's own frames are taken out.
 * Never leaves an exception.
 */
PyObject *hr_debug_quit(struct hr_state *state, PyCodeObject *code,
                        PyObject *exception);

/* One line (or more) of the debugger's own to the person. */
void hr_debug_say(struct hr_debug_session *session, const char *format, ...);

/* Closes the prompt; no reference to the frames or to the exception is left. */
void hr_debug_close(struct hr_state *state, struct hr_debug_session *session);

#endif
