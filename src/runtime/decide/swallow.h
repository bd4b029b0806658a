/*
 * Whether the C code that called a function swallows what comes out of it (layer 4b):
 * hasattr, getattr and next with a default, the fall to __getattr__, length hints, the
 * end of a sequence that is iterated by its indices, `from module import name`.
 */
#ifndef HR_RUNTIME_SWALLOW_H
#define HR_RUNTIME_SWALLOW_H

#include "runtime/decide/passage.h"
#include "runtime/decide/peek.h"

#include "base/span.h"

/* Byte offset `lasti` of the code's instructions; -1 if there is none. */
int hr_swallow_opcode(PyCodeObject *code, int lasti);

/* Whether a try or with of the code itself (that of the guard too) stands around that
 * instruction. */
bool hr_swallow_is_covered(PyCodeObject *code, int lasti);

/* Whether the exception is of a kind that any call takes for an answer. */
bool hr_swallow_may(PyObject *exception);

/* Whether any call could be one that loses it: of a foreign function. */
bool hr_swallow_may_lose(struct hr_state *state);

/* Whether the code is that of a __del__, whose failures the interpreter reports. */
bool hr_swallow_is_finalizer(const PyCodeObject *code);

/*
 * `scope` is that of the calling frame, which stands at an instruction `opcode` that
 * `text` (of `size` bytes, may be 0) was compiled to.  Runs none of the program's code;
 * leaves no exception.
 */
bool hr_swallows(const struct hr_peek_scope *scope, int opcode, const char *text,
                 size_t size, PyFrameObject *callee, PyObject *exception);

/* Whether the calling frame never gets what leaves the callee, because the interpreter
 * or ctypes reports it and goes on: finalizers, callbacks of weak references, callbacks
 * of C.  The parameters are those of hr_swallows; `foreign`: hr_swallow_may_lose. */
bool hr_swallow_loses(const struct hr_peek_scope *scope, int opcode, const char *text,
                      size_t size, PyFrameObject *callee, bool foreign);

/* Whether the frame is of a function of the standard library that keeps whatever comes
 * out of what it calls: a server's, an event loop's. */
bool hr_swallow_keeps(PyFrameObject *frame);

/* Whether it is worth asking of frames of this code. */
bool hr_swallow_may_keep(const PyCodeObject *code);

#endif
