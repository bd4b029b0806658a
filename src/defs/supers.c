#include "defs/supers.h"

const char *hr_super_reason_text(enum hr_super_reason reason)
{
    switch (reason) {
    case HR_SUPER_OK:
        return "it can be made explicit";
    case HR_SUPER_NO_CLASS:
        return "it does not stand in a method of a class";
    case HR_SUPER_NO_PARAMETER:
        return "its function has no first parameter";
    case HR_SUPER_STARRED:
        return "the first parameter is starred";
    case HR_SUPER_REBOUND:
        return "the first parameter may be bound to something else";
    case HR_SUPER_CLASS_REBOUND:
        return "the name of the class may be bound to something else";
    case HR_SUPER_CLASS_SHADOWED:
        return "the name of the class means something else here";
    case HR_SUPER_CLASS_LOCAL:
        return "the class cannot be reached by a name from here";
    case HR_SUPER_DECORATED:
        return "a decorator may replace the class";
    case HR_SUPER_SHADOWED:
        return "super may not be the builtin here";
    case HR_SUPER_NESTED_SCOPE:
        return "it stands in a lambda or a comprehension";
    case HR_SUPER_MANGLED:
        return "the name of the class would be mangled here";
    case HR_SUPER_EARLY:
        return "it may run before the class has its name";
    }
    return "unknown";
}

bool hr_supers_statement(struct hr_defs *defs, uint32_t first,
                         const struct hr_tree *tree)
{
    return true;
}

bool hr_supers_decide(struct hr_defs *defs)
{
    return true;
}
