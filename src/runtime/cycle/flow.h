/*
 * The ways through a code object's instructions, and how many values a generator
 * delivers on them (layer 4b).
 */
#ifndef HR_RUNTIME_FLOW_H
#define HR_RUNTIME_FLOW_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdbool.h>

#define HR_NOWHERE (-1)

struct hr_unit {        /* an instruction, by its offset in code units */
    Py_ssize_t target;  /* where it may jump to, or HR_NOWHERE */
    Py_ssize_t next;    /* what it may go on with, or HR_NOWHERE */
    Py_ssize_t handler; /* where an exception in it goes, or HR_NOWHERE */
    bool begins;        /* else it is part of the instruction before it */
    bool delivers;      /* a yield, which hands a value to whoever asked for one */
    bool takes;         /* ... and itself gets what is sent in */
    bool quiet;         /* cannot fail */
    bool drops;         /* throws away what it is given */
    bool reached;
    Py_ssize_t fewest; /* values delivered before it, on all ways that lead here */
    Py_ssize_t most;
};

struct hr_flow {
    PyObject *instructions; /* list of dis's; NULL: nothing was read yet */
    struct hr_unit *units;
    Py_ssize_t size;
    Py_ssize_t yields;  /* more than that many: it stands in a loop */
    Py_ssize_t start;   /* who gets there again has begun anew */
    Py_ssize_t barrier; /* no way goes on from there; or HR_NOWHERE */
    bool changed;
};

/* Reads the code into a flow that is zeroed, or has been read from the same code
 * before: then it is that.  To be finished by hr_flow_finish in any case.  False,
 * without an exception: it cannot be read. */
bool hr_flow_read(struct hr_flow *flow, PyCodeObject *code);
void hr_flow_finish(struct hr_flow *flow);

/* Follows all ways from the unit `start`, with `count` values delivered before. */
void hr_flow_run(struct hr_flow *flow, Py_ssize_t start, Py_ssize_t count);

/* How many were delivered where the last run got to the unit `at`;
 * HR_DELIVERED_UNKNOWN if that depends on the way, or it did not get there. */
Py_ssize_t hr_flow_count(const struct hr_flow *flow, Py_ssize_t at);

/* The unit that the instruction at `at` begins with: a frame that has called may stand
 * in what is cached behind it. */
Py_ssize_t hr_flow_begin(const struct hr_flow *flow, Py_ssize_t at);

#endif
