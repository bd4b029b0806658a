/*
 * Everything that differs between CPython 3.11, 3.12 and 3.13 (layer 4b), so
 * that no other file looks at the version.
 */
#ifndef HR_RUNTIME_COMPAT_H
#define HR_RUNTIME_COMPAT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <opcode.h>
#include <stdbool.h>
#include <stdint.h>

#if PY_VERSION_HEX < 0x030B0000 || PY_VERSION_HEX >= 0x030E0000
#error "hot-restart is for CPython 3.11, 3.12 and 3.13"
#endif

/* Asks for a slot of private data on code objects; -1 when all are taken.  The
 * function frees a slot's content. */
static inline Py_ssize_t hr_compat_request_code_slot(freefunc free_content)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyUnstable_Eval_RequestCodeExtraIndex(free_content);
#else
    return _PyEval_RequestCodeExtraIndex(free_content);
#endif
}

/* *content is NULL where nothing was put.  0, or -1 with an exception. */
static inline int hr_compat_get_code_slot(PyCodeObject *code, Py_ssize_t slot,
                                          void **content)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyUnstable_Code_GetExtra((PyObject *)code, slot, content);
#else
    return _PyCode_GetExtra((PyObject *)code, slot, content);
#endif
}

/* Puts content in the slot; what was there is freed.  0, or -1 with an exception. */
static inline int hr_compat_set_code_slot(PyCodeObject *code, Py_ssize_t slot,
                                          void *content)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyUnstable_Code_SetExtra((PyObject *)code, slot, content);
#else
    return _PyCode_SetExtra((PyObject *)code, slot, content);
#endif
}

/* The bodies of classes hold their first line as a constant. */
#if PY_VERSION_HEX >= 0x030D0000
#define HR_COMPAT_CLASS_FIRSTLINENO 1
#else
#define HR_COMPAT_CLASS_FIRSTLINENO 0
#endif

/*
 * Assigning __code__ takes a function's version away.  3.11 and 3.12 give it a new
 * one when a call next specialises; 3.13 does not, unless it gets the one that
 * its code carries, as a function fresh from `def` has.
 */
static inline void hr_compat_restore_version(PyFunctionObject *function)
{
#if PY_VERSION_HEX >= 0x030D0000
    if (function->func_version == 0) {
        function->func_version = ((PyCodeObject *)function->func_code)->co_version;
    }
#else
    (void)function;
#endif
}

/* The exception that is set, normalised, taken out of the thread; NULL if none. */
static inline PyObject *hr_compat_take_exception(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type = NULL, *value = NULL, *traceback = NULL;
    PyErr_Fetch(&type, &value, &traceback);
    if (type == NULL) {
        return NULL;
    }
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL) {
        PyException_SetTraceback(value, traceback);
    }
    Py_DECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

/* Sets it again; steals the reference, NULL sets none. */
static inline void hr_compat_put_exception(PyObject *exception)
{
#if PY_VERSION_HEX >= 0x030C0000
    PyErr_SetRaisedException(exception);
#else
    if (exception == NULL) {
        PyErr_Clear();
        return;
    }
    PyErr_Restore(Py_NewRef((PyObject *)Py_TYPE(exception)), exception,
                  PyException_GetTraceback(exception));
#endif
}

/* PyUnstable_GC_VisitObjects is there. */
#if PY_VERSION_HEX >= 0x030C0000
#define HR_COMPAT_GC_VISIT 1
#else
#define HR_COMPAT_GC_VISIT 0
#endif

/* Whether an instruction looks an attribute up. */
static inline bool hr_compat_gets_attribute(int opcode)
{
#if PY_VERSION_HEX >= 0x030C0000
    return opcode == LOAD_ATTR || opcode == LOAD_SUPER_ATTR;
#else
    return opcode == LOAD_ATTR || opcode == LOAD_METHOD;
#endif
}

/* Whether an instruction is a call. */
static inline bool hr_compat_calls(int opcode)
{
#if PY_VERSION_HEX >= 0x030D0000
    return opcode == CALL || opcode == CALL_FUNCTION_EX || opcode == CALL_KW;
#elif PY_VERSION_HEX >= 0x030C0000
    return opcode == CALL || opcode == CALL_FUNCTION_EX;
#else
    /* A call of C that has been specialised is made by the first of its two. */
    return opcode == CALL || opcode == PRECALL || opcode == CALL_FUNCTION_EX;
#endif
}

/* What `except NAME():` is compiled to, in code units (clause.h): the call's first
 * instruction and its length, the jump over the clause's body, inline caches. */
#if PY_VERSION_HEX >= 0x030D0000
#define HR_COMPAT_CACHES_OF_LOAD_GLOBAL 4
#define HR_COMPAT_BEGINS_CALL CALL
#define HR_COMPAT_UNITS_OF_CALL 4
#define HR_COMPAT_JUMP_IF_FALSE POP_JUMP_IF_FALSE
#define HR_COMPAT_CACHES_OF_JUMP 1
#define HR_COMPAT_CACHES_OF_CONTAINS 1
#elif PY_VERSION_HEX >= 0x030C0000
#define HR_COMPAT_CACHES_OF_LOAD_GLOBAL 4
#define HR_COMPAT_BEGINS_CALL CALL
#define HR_COMPAT_UNITS_OF_CALL 4
#define HR_COMPAT_JUMP_IF_FALSE POP_JUMP_IF_FALSE
#define HR_COMPAT_CACHES_OF_JUMP 0
#define HR_COMPAT_CACHES_OF_CONTAINS 0
#else
#define HR_COMPAT_CACHES_OF_LOAD_GLOBAL 5
#define HR_COMPAT_BEGINS_CALL PRECALL
#define HR_COMPAT_UNITS_OF_CALL 7
#define HR_COMPAT_JUMP_IF_FALSE POP_JUMP_FORWARD_IF_FALSE
#define HR_COMPAT_CACHES_OF_JUMP 0
#define HR_COMPAT_CACHES_OF_CONTAINS 0
#endif

/* The argument of the RESUME after a yield, and what is added to it where no handler
 * stands around that but the one for StopIteration; 0 where there is no such thing. */
#define HR_COMPAT_RESUMED_AFTER_YIELD 1
#if PY_VERSION_HEX >= 0x030D0000
#define HR_COMPAT_RESUMED_UNHANDLED 4U
#else
#define HR_COMPAT_RESUMED_UNHANDLED 0U
#endif

/* Whether Python code runs another's frame there by itself, with no C in between: 3.11
 * and 3.12 leave such a frame at its instruction's inline cache. */
static inline bool hr_compat_calls_directly(int opcode)
{
    return opcode == CACHE;
}

/* Whether an instruction is a subscript. */
static inline bool hr_compat_gets_item(int opcode)
{
#if PY_VERSION_HEX >= 0x030C0000
    return opcode == BINARY_SUBSCR || opcode == BINARY_SLICE;
#else
    return opcode == BINARY_SUBSCR;
#endif
}

/* Whether an instruction looks a variable up in mappings that may be of any type, and
 * takes a KeyError for an answer. */
static inline bool hr_compat_gets_variable(int opcode)
{
#if PY_VERSION_HEX >= 0x030C0000
    return opcode == LOAD_NAME || opcode == LOAD_GLOBAL ||
           opcode == LOAD_FROM_DICT_OR_GLOBALS || opcode == LOAD_FROM_DICT_OR_DEREF;
#else
    return opcode == LOAD_NAME || opcode == LOAD_GLOBAL || opcode == LOAD_CLASSDEREF;
#endif
}

/* Whether an instruction only ends a reference: what Python runs below it is a
 * finalizer. */
static inline bool hr_compat_drops(int opcode)
{
#if PY_VERSION_HEX >= 0x030D0000
    if (opcode == STORE_FAST_LOAD_FAST || opcode == STORE_FAST_STORE_FAST) {
        return true;
    }
#endif
    return opcode == DELETE_FAST || opcode == STORE_FAST || opcode == POP_TOP ||
           opcode == DELETE_DEREF || opcode == STORE_DEREF;
}

/* Whether it is what stands for a running function's variables, in place of a dict. */
static inline bool hr_compat_is_locals(PyObject *mapping)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyFrameLocalsProxy_Check(mapping);
#else
    (void)mapping;
    return false;
#endif
}

/* Which of the code's names LOAD_ATTR looks up. */
static inline int hr_compat_attribute_index(int argument)
{
#if PY_VERSION_HEX >= 0x030C0000
    return argument >> 1;
#else
    return argument;
#endif
}

/* Whether an instruction gets the local, cell or free variable of its argument. */
static inline bool hr_compat_gets_local(int opcode)
{
#if PY_VERSION_HEX >= 0x030C0000
    return opcode == LOAD_FAST || opcode == LOAD_FAST_CHECK || opcode == LOAD_DEREF;
#else
    return opcode == LOAD_FAST || opcode == LOAD_DEREF;
#endif
}

/* A jump back by its argument, as a loop ends with. */
static inline bool hr_compat_jumps_back(int opcode)
{
#if PY_VERSION_HEX < 0x030C0000
    if (opcode == POP_JUMP_BACKWARD_IF_TRUE || opcode == POP_JUMP_BACKWARD_IF_FALSE ||
        opcode == POP_JUMP_BACKWARD_IF_NONE ||
        opcode == POP_JUMP_BACKWARD_IF_NOT_NONE) {
        return true;
    }
#endif
    return opcode == JUMP_BACKWARD || opcode == JUMP_BACKWARD_NO_INTERRUPT;
}

/* The jump to the next clause, and the units that stand between it and where it counts
 * from. */
#if PY_VERSION_HEX >= 0x030D0000
#define HR_COMPAT_JUMP_CACHES 1
#else
#define HR_COMPAT_JUMP_CACHES 0
#endif
static inline bool hr_compat_jumps_if_false(int opcode)
{
#if PY_VERSION_HEX >= 0x030C0000
    return opcode == POP_JUMP_IF_FALSE;
#else
    return opcode == POP_JUMP_FORWARD_IF_FALSE;
#endif
}

/* What a class itself defines: new reference, or NULL. */
static inline PyObject *hr_compat_type_dict(PyTypeObject *type)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyType_GetDict(type);
#else
    return Py_XNewRef(type->tp_dict);
#endif
}

/* sys.monitoring is there. */
#if PY_VERSION_HEX >= 0x030C0000
#define HR_COMPAT_MONITORING 1
#else
#define HR_COMPAT_MONITORING 0
#endif

/* contextlib.suppress takes parts out of exception groups. */
#if PY_VERSION_HEX >= 0x030C0000
#define HR_COMPAT_SUPPRESS_TAKES_GROUPS 1
#else
#define HR_COMPAT_SUPPRESS_TAKES_GROUPS 0
#endif

/* How many more Python calls the current thread may nest. */
static inline int hr_compat_recursion_room(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyThreadState_Get()->py_recursion_remaining;
#else
    return PyThreadState_Get()->recursion_remaining;
#endif
}

/* Whether the interpreter has begun to end. */
static inline bool hr_compat_is_finalizing(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing();
#else
    return _Py_IsFinalizing();
#endif
}

/* Whether the weak reference is to this object, which lives. */
static inline bool hr_compat_refers_to(PyObject *reference, PyObject *object)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *found = NULL;
    bool same = PyWeakref_GetRef(reference, &found) == 1 && found == object;
    Py_XDECREF(found);
    return same;
#else
    return PyWeakref_GetObject(reference) == object;
#endif
}

/* The frame that the current thread runs: an address, to compare. */
static inline const void *hr_compat_running_frame(void)
{
#if PY_VERSION_HEX >= 0x030D0000
    return PyThreadState_Get()->current_frame;
#else
    return PyThreadState_Get()->cframe->current_frame;
#endif
}

/*
 * The function that a live frame runs: borrowed, or NULL.  Its public type hides what
 * these read; test_frames.c holds them against the interpreter's own headers.
 */
struct hr_compat_inner_frame {
#if PY_VERSION_HEX >= 0x030C0000
    PyObject *code;
    void *previous;
#endif
    PyObject *function;
    PyObject *globals;
    PyObject *builtins;
    PyObject *locals;
};
struct hr_compat_frame {
    PyObject_HEAD PyFrameObject *back;
    struct hr_compat_inner_frame *inner;
};
static inline PyObject *hr_compat_frame_function(PyFrameObject *frame)
{
    PyObject *function = ((struct hr_compat_frame *)frame)->inner->function;
    return function != NULL && PyFunction_Check(function) ? function : NULL;
}

/*
 * Up to 3.12 a function's frame keeps what PyFrame_GetLocals made of it, and what is in
 * that, when it is cleared.  Whether there was one before: the program's, in which
 * names may be that exec() has bound.
 */
static inline bool hr_compat_has_snapshot(PyFrameObject *frame)
{
#if PY_VERSION_HEX >= 0x030D0000
    (void)frame;
    return true;
#else
    PyObject *locals = ((struct hr_compat_frame *)frame)->inner->locals;
    return locals != NULL &&
           (!PyDict_CheckExact(locals) || PyDict_GET_SIZE(locals) > 0);
#endif
}

/* Empties what PyFrame_GetLocals made where there was none (`had` is not set), if
 * nobody else holds it. */
static inline void hr_compat_drop_snapshot(PyFrameObject *frame, PyObject *locals,
                                           bool had)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    if (!had && (code->co_flags & CO_OPTIMIZED) != 0 && locals != NULL &&
        PyDict_CheckExact(locals) && Py_REFCNT(locals) == 2) {
        PyDict_Clear(locals);
    }
    Py_DECREF(code);
}

/* The frame of a generator or of an asynchronous one, in the same way. */
static inline const void *hr_compat_generator_frame(PyObject *generator)
{
    return ((PyGenObject *)generator)->gi_iframe;
}

/* Whether nothing of its body has run. */
static inline bool hr_compat_is_new_generator(PyObject *generator)
{
#if PY_VERSION_HEX >= 0x030D0000
    return ((PyGenObject *)generator)->gi_frame_state == -3;
#else
    return ((PyGenObject *)generator)->gi_frame_state == -2;
#endif
}

/* The code that it runs: new reference. */
static inline PyCodeObject *hr_compat_generator_code(PyObject *generator)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyGen_GetCode((PyGenObject *)generator);
#else
    return (PyCodeObject *)Py_NewRef((PyObject *)((PyGenObject *)generator)->gi_code);
#endif
}

/* Whether the dictionary may have changed since *seen, which is 0 at first and for this
 * function alone: cheaper than a lookup, where the version can be told. */
static inline bool hr_compat_dict_changed(PyObject *dict, uint64_t *seen)
{
#if PY_VERSION_HEX >= 0x030C0000
    (void)dict;
    *seen = 0; /* not of every change is there a version any more */
    return true;
#else
    uint64_t version = ((PyDictObject *)dict)->ma_version_tag;
    bool changed = version != *seen;
    *seen = version;
    return changed;
#endif
}

#endif
