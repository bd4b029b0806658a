/*
 * The instructions of a code object one after the other, as they were compiled (layer
 * 4b): what a name's instruction reads or binds is in its argument.
 */
#ifndef HR_RUNTIME_INSTRUCTIONS_H
#define HR_RUNTIME_INSTRUCTIONS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <opcode.h>
#include <stdbool.h>

struct hr_instructions {
    PyObject *bytes;  /* owned, or NULL */
    const char *data; /* of bytes, or of the code object itself */
    Py_ssize_t size;
    Py_ssize_t next; /* the offset of the next one, in bytes */
    int extension;   /* of the next one's argument */
    Py_ssize_t at;   /* the offset of this one ... */
    int opcode;      /* ... what it does ... */
    int argument;    /* ... and with what, whole */
};

/* 0, or -1 with an exception; to be finished in any case. */
static inline int hr_instructions_init(struct hr_instructions *walk, PyCodeObject *code)
{
    PyObject *bytes = PyCode_GetCode(code);
    *walk = (struct hr_instructions){.bytes = bytes};
    if (bytes == NULL) {
        return -1;
    }
    walk->data = PyBytes_AS_STRING(bytes);
    walk->size = PyBytes_GET_SIZE(bytes);
    return 0;
}

/* The same of code that has not run yet and is going to be changed: what
 * PyCode_GetCode gives is kept with the code, and would be out of date.  Never fails;
 * needs no finish. */
static inline void hr_instructions_init_fresh(struct hr_instructions *walk,
                                              PyCodeObject *code)
{
    *walk = (struct hr_instructions){
        .data = code->co_code_adaptive,
        .size = Py_SIZE(code) * 2,
    };
}

/* False at the end.  Never fails. */
static inline bool hr_instructions_next(struct hr_instructions *walk)
{
    if (walk->next + 1 >= walk->size) {
        return false;
    }
    const char *unit = walk->data + walk->next;
    walk->at = walk->next;
    walk->opcode = (unsigned char)unit[0];
    walk->argument = walk->extension << 8 | (unsigned char)unit[1];
    walk->extension = walk->opcode == EXTENDED_ARG ? walk->argument : 0;
    walk->next += 2;
    return true;
}

static inline void hr_instructions_finish(struct hr_instructions *walk)
{
    Py_CLEAR(walk->bytes);
}

#endif
