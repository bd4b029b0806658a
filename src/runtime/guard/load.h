/*
 * From text to guarded code (layer 4b).
 */
#ifndef HR_RUNTIME_LOAD_H
#define HR_RUNTIME_LOAD_H

#include "runtime/guard/source.h"

struct hr_load_notes {
    bool warned;   /* the compiler had warnings, which were not shown */
    bool remarked; /* hr_remark said what was left unguarded */
};

/*
 * The guarded, re-based code object of a whole module; registered with its
 * source.  `flags` are compiler flags (PyCF_MASK) or 0; `optimize` as for compile().
 * NULL without an exception: the text cannot be guarded (the caller compiles it
 * plainly, which reports what is wrong with it).  NULL with one: MemoryError and
 * the like.  `maker`: a callable that makes code of the guarded text in the compiler's
 * place (text: bytes, filename, flags, optimize), of definitions that are reloaded too;
 * NULL: the compiler itself.  The compiler's warnings are not shown;
 * *notes (may be NULL) says that there were some, and whoever wants them compiles the
 * text plainly as well.
 */
PyObject *hr_load_module_by(struct hr_state *state, hr_source *source, int flags,
                            int optimize, PyObject *maker, struct hr_load_notes *notes);

/* The same by the compiler itself. */
static inline PyObject *hr_load_module(struct hr_state *state, hr_source *source,
                                       int flags, int optimize,
                                       struct hr_load_notes *notes)
{
    return hr_load_module_by(state, source, flags, optimize, NULL, notes);
}

/* Whether the text lets a definition of its be guarded: no decorator, and no
 * "# hr: off", on it or on what encloses it takes it out. */
bool hr_load_wants(const struct hr_defs *defs, uint32_t index);

/* The unguarded code object of the text, by the compiler's own rules: its warnings
 * are shown, its errors set. */
PyObject *hr_load_plainly(hr_source *source, int flags, int optimize);

/* The same without a word of its warnings; `maker` as for hr_load_module_by. */
PyObject *hr_load_plainly_silent(struct hr_state *state, hr_source *source, int flags,
                                 int optimize, PyObject *maker);

/* The guarded text as bytes, for tests; remarks are not shown. */
PyObject *hr_load_guarded_text(struct hr_state *state, hr_source *source);

/*
 * The code of the text from byte `offset` (the start of a top-level statement) to its
 * end, as a module's, guarded where that is possible.  `flags` as in the code that ran
 * the rest.  Registered with `source`.  Sets SyntaxError with the position in the
 * person's file.
 */
PyObject *hr_load_rest(struct hr_state *state, hr_source *source, size_t offset,
                       int flags);

/*
 * The guarded, re-based code object of definition `def` alone (a function), through
 * its surrogate; its siblings are not compiled.  `flags` as in the code that it
 * replaces.  Registered with `source`.  Sets SyntaxError with the position in the
 * person's file.
 */
PyCodeObject *hr_load_definition(struct hr_state *state, hr_source *source,
                                 uint32_t def, int flags);

/*
 * The same of a function or a class (the code of its body), without the statements at
 * these spans of the source's text: they are blanked out.
 */
PyCodeObject *hr_load_part(struct hr_state *state, hr_source *source, uint32_t def,
                           const struct hr_span *left_out, size_t count, int flags);

#endif
