/*
 * What one loaded hot_restart module holds (layer 4b): the module state and
 * what its parts share.  No mutable globals: every function takes the state.
 *
 * The parts, and who may call whom:
 *
 *   ./            the module: its API (module.c api.c settings.c), its state (state.c),
 *                 what hr-run asks of it (program.c), what its tests call (testing.c),
 *                 texts made fit for a terminal (visible.c), modules of the standard
 *                 library (imports.c), the stacks of all threads (stacks.c)
 *   guard/        from a text to guarded code
 *       encoding.c      declared encodings
 *       source.c        the registry of the texts that running code came from
 *       origin.c        copies that hr-instrument made: the file that is edited
 *       load.c          text -> guarded code object (defs, guard, compile, re-base)
 *       compile.c       the compiler, with its warnings or without
 *       halftyped.c     lines that are left out of a file saved half typed
 *       identifiers.c   names as the compiler has them
 *       linetable.c     line tables: decode, map, encode (no Python objects)
 *       rebase.c        code objects through a line map
 *       clause.c ranges.h
 *                       the guard's clause, made shorter; exception tables
 *       instructions.h  the instructions of a code object, one by one
 *       cache.c store.c guarded code from files of earlier runs
 *   entry/        how functions come to be guarded
 *       wrap.c          wrap, wrap_class, wrap_module, ...
 *       wrapping.c live.c
 *                       the functions of live objects
 *       importhook.c    modules as they are imported
 *       children.c      what multiprocessing spawns
 *       pytest.c        the test modules of pytest
 *       copies.c        functions that are pickled by their code
 *   cycle/        what happens when a guarded call fails
 *       hooks.c         __hr_crashed__ and __hr_restarted__: callable objects
 *       counts.c over.c what generators count their values with
 *       raised.c advance.c
 *                       calls the cycle before the guard is reached: --stop-at=raise
 *       cycle.c renew.c sequence crash -> decide -> debug -> reload -> patch -> restart
 *       crash.c delivered.c reading.c restart.c restart_iter.c
 *                       its first and its last step
 *       flow.c          the ways through a code object
 *       unwind.c        callers that are restarted in the failed call's place
 *       traceback.c     tracebacks of restarted calls
 *       leave.c         the end of the program, from a prompt
 *       lasthook.c      ... and the last prompt of one that stands in no file
 *       through.c       which functions a failure came through
 *       unseen.c        what was edited and is not reloaded, told of
 *       toplevel.c resume.c above.c
 *                       the cycle for statements at module level
 *   decide/       stop for this exception, or let it pass
 *       decide.c        the step of the cycle
 *       handled.c       whether a live caller is going to handle an exception
 *       verdict.c       the answer, for the guards on the way to that caller
 *       clauses.c       the same of code that has no text
 *       places.c        what stands around an instruction, remembered
 *       managers.c      what the manager of a with does to it
 *       exits.c         what its own __exit__ returns
 *       given.c         what a call gives to the parameters of such a manager
 *       passage.c       what it is by now, on its way from caller to caller
 *       awaited.c       who waits for a task of asyncio
 *       eager.c         the same of tasks that run where they are made
 *       threads.c       who waits for what a pool of threads runs
 *       expected.c      tests that are marked to fail
 *       swallow.c       what C code swallows
 *       peek.c          names looked up in a frame without running code
 *   prompt/       the debugger on the live stack
 *       debug.c         the step of the cycle; its front end is the Python beside it
 *       views.c         what the front end may ask
 *       turn.c          whose turn it is to have the prompt
 *       wait.c savewatch.c
 *                       the front end that waits for a save in place of a prompt
 *   reload/       the edited definition, into the live functions
 *       reload.c patch.c
 *                       the steps of the cycle
 *       scope.c texts.c what else an edit reaches
 *       binders.c       statements that give a name its value
 *       bring.c         names that the edited text newly uses
 *       arguments.c frozen.c functions.c likeness.c objects.c plan.c
 *                       what the steps are made of
 *       closure.c makers.c owners.c cells.c reach.c
 *                       closures: what call and class one is of, whose cell is whose
 *       bindings.c statements.c
 *                       edited constants and imports
 *   classes/      classes that were edited, into the live ones
 *       classes.c classdiff.c
 *                       which, and what of them
 *       classmerge.c classrun.c
 *                       into the class; what has to run for it
 *       classkind.c dataclass.c heirs.c
 *                       those that are more than their namespace
 *       refused.c       what was refused for good, told of once
 *
 * The steps of the cycle never call one another; guard/ knows none of the other
 * folders.  tests/house/layers.py has which may include which.
 *
 * Functions here follow CPython's convention: NULL or -1 with an exception set.
 */
#ifndef HR_RUNTIME_STATE_H
#define HR_RUNTIME_STATE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#include "base/error.h"

enum hr_stop {
    HR_STOP_UNHANDLED, /* only if no live caller is going to handle it */
    HR_STOP_ALWAYS,
    HR_STOP_NEVER, /* guarded, never stopped */
};

struct hr_cache;
struct hr_count;
struct hr_crash;
struct hr_loop;
struct hr_places;

/*
 * What hr_handled last found: the exception, the frame whose guard asked and the
 * callers that it passes, up to the one that handles it.  Nothing is owned or looked
 * into: addresses, to compare.  Whatever guard is asked writes it or wipes it out, so
 * that it is never that of an exception of before.
 */
#define HR_VERDICT_MOST 24
struct hr_verdict {
    const void *exception; /* NULL: there is none */
    const void *handler;
    int lasti;   /* of what failed in the frame whose guard asked last ... */
    unsigned at; /* ... which this is, among */
    unsigned count;
    struct {
        const void *frame;
        const void *code;
    } way[HR_VERDICT_MOST]; /* from callee to caller; as many as there is room for */
};

struct hr_state {
    PyObject *sources; /* dict: file name (str) -> list of source versions */
    PyObject *found;   /* dict: file name that begins at no root -> where it was found
                        * last (bytes); NULL: there was none yet */
    PyObject
        *makers; /* dict: file name -> what made its code in the compiler's place */
    Py_ssize_t code_slot; /* of private data on code objects: the source version */
    PyObject *options; /* dict: (file name, qualified name) -> dict: which of that name
                        * (int) -> wrap's options, a tuple (exceptions to let pass:
                        * tuple, KeyboardInterrupt too: bool) */
    uint64_t options_version; /* one more with each change of them; 0 at first */
    Py_ssize_t told_slot; /* wrap.c: of private data on code objects; -1: none left */
    PyObject *crashed;    /* the object behind __hr_crashed__ */
    PyObject *restarted;  /* the object behind __hr_restarted__ */
    struct hr_places *places;  /* places.c */
    struct hr_verdict verdict; /* verdict.c */
    const void *common_type;   /* decide.c: of what was raised last, to compare */
    const void *let_go; /* the exception that the person last let go on: its address,
                         * to compare */
    PyObject *debugger; /* the front ends' module (debugger.py), once used */
    PyObject *reload_exception; /* hot_restart.ReloadException */
    PyObject *unwinding;        /* unwind.c: a class of exceptions, once used */
    PyTypeObject *source_type;
    PyTypeObject *crashed_type;
    PyTypeObject *restarted_type;
    PyTypeObject *reading_type;      /* reading.c */
    PyTypeObject *restart_iter_type; /* drives restarted generators, coroutines */
    PyObject *classes;    /* dict: id of a class -> (weak reference to it, the source
                           * version that it was changed to) */
    PyObject *refused;    /* dict: (file name, class's name) -> its text (bytes), which
                           * it could not become; NULL: none */
    PyObject *copies;     /* dict: file name of a copy -> that of its origin, whose text
                           * runs in its place; NULL: none */
    PyObject *lost_cells; /* cells.c: weak dict: function -> dict: name -> cell of a
                           * variable that an edit left out; or NULL */
    PyObject *successors; /* dict: id of a code object -> (it, what took its place) */
    PyObject *counts;     /* counts.c: the object behind __hr_0_counts__ */
    PyTypeObject *counts_type; /* ... and the types of what it makes */
    PyTypeObject *count_type;
    PyTypeObject *over_type;
    PyObject *shown_counts;    /* dict: address of a frame -> count */
    struct hr_count *awaiting; /* counts that wait for that of a generator */
    struct hr_crash *pending;  /* taken crashes whose restart has not begun */
    struct hr_crash *decided;  /* advance.c */
    struct hr_loop *running;   /* the restart loops of all threads */
    PyThread_type_lock prompt; /* held while the debugger is open; made at first use */
    unsigned long prompt_thread; /* who holds it */
    long prompt_pid;             /* the process that `prompt` belongs to */
    int prompt_file; /* turn.c: the lock file while the prompt is open, else -1 */
    long pid;        /* the process that loaded the module: others were forked */
    PyTypeObject *witness_type; /* compile.c: notices warnings of the compiler */
    PyObject *get_code;      /* importhook.c: importlib's own get_code, once replaced */
    PyObject *child_program; /* children.c: what multiprocessing starts; or NULL */
    PyObject *child_arguments; /* ... with which list of arguments */
    PyObject *child_flags;     /* ... and its own functions, once replaced */
    PyObject *child_code;
    PyObject *settings;        /* the module's dict: what programs set there */
    PyObject *debugger_unsaid; /* the first value of DEBUGGER, if nobody chose it */
    PyObject *stop_name;       /* "STOP", interned */
    PyObject *exit_name;       /* "PROGRAM_SHOULD_EXIT", interned */
    PyObject *ctypes_name;     /* "_ctypes", interned */
    PyObject *stop_seen;       /* the value of STOP that `stop` stands for */
    uint64_t settings_version; /* of `settings`, when it was looked for last */
    uint64_t exit_version;     /* the same of PROGRAM_SHOULD_EXIT */
    PyObject *include;         /* list of str: modules guarded wherever they stand */
    PyObject *exclude;         /* list of str: modules never guarded */
    PyObject *ignore;          /* list of str: exception classes that never stop */
    double started;            /* time.time() when the module was loaded */
    enum hr_stop stop;
    struct hr_cache *cache; /* of guarded code; NULL: none */
    bool stop_on_interrupt; /* KeyboardInterrupt stops, whoever waits for it */
    bool should_exit;       /* PROGRAM_SHOULD_EXIT, when it was looked for last */
    bool stop_on_exit;      /* SystemExit stops as other exceptions do */
    bool only_wrapped;      /* no module is guarded as it is imported */
    bool waits;             /* for a save, in place of a prompt */
    bool debugging;         /* the debugger is open in some thread */
    bool forked_at_prompt;  /* ... as it was when this process was forked */
    bool reraise;           /* reraise() was called at the prompt that is open */
    bool has_restarted; /* a call ended in another way: tracebacks may have guards */
    unsigned long searches; /* objects.c: through all objects there are; for tests */
};

/* The state of the module object; never fails. */
struct hr_state *hr_state_of(PyObject *module);

/* The state of the hot_restart that this interpreter has loaded, for what is called
 * from elsewhere (borrowed; NULL without an exception if there is none). */
struct hr_state *hr_state_get(void);

/* Sets the Python exception that stands for *err: SyntaxError with its position,
 * MemoryError, OSError, UnicodeDecodeError's base ValueError.  Returns NULL. */
PyObject *hr_error_raise(const struct hr_error *err, PyObject *filename);

/* The texts of the list in one: "a, b". */
PyObject *hr_listed(PyObject *texts);

/* One remark on stderr, "hr: ...\n"; keeps the current exception. */
void hr_remark(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
