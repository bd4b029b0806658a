/*
 * Which definition of a new text is the one that an old text had, and how far they
 * differ (layer 4b, no Python objects).
 */
#ifndef HR_RUNTIME_LIKENESS_H
#define HR_RUNTIME_LIKENESS_H

#include "defs/defs.h"

/*
 * The function of that qualified name in `now`.  Of several, the one of the same
 * order if there are as many as before, else the one that is most like definition
 * `def` of `before`.  `before` may be NULL.  HR_NONE if there is none.
 */
uint32_t hr_likeness_find(const struct hr_defs *now, const char *qualname,
                          const struct hr_defs *before, uint32_t def);

/* The function whose qualified name is nearest; HR_NONE if none is near. */
uint32_t hr_likeness_nearest(const struct hr_defs *now, const char *qualname);

/* How many lines were changed, added or removed between two texts. */
long hr_likeness_changes(const char *old_text, size_t old_size, const char *new_text,
                         size_t new_size);

/* How many classes have that qualified name. */
uint32_t hr_likeness_count_classes(const struct hr_defs *defs, const char *name);

/* The class of the name and order that `def` of `before` has; HR_NONE if there is none,
 * or if it is not sure which of several it is. */
uint32_t hr_likeness_find_class(const struct hr_defs *now, const struct hr_defs *before,
                                uint32_t def);

/* What a function is called as, by where it stands and its decorators: "a method", "a
 * static method", "a class method"; NULL for one that stands in no class. */
const char *hr_likeness_binding(const struct hr_defs *defs, uint32_t def);

/* Whether two classes differ by more than layout and the bodies of the definitions in
 * them.  Without memory they do not. */
bool hr_likeness_classes_differ(const struct hr_defs *before, uint32_t old,
                                const struct hr_defs *now, uint32_t def);

#endif
