/*
 * What stands around one place of a function and may take an exception that comes
 * from there: except clauses, with items, a finally that returns (layer 2).
 */
#ifndef HR_DEFS_HANDLERS_H
#define HR_DEFS_HANDLERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/error.h"
#include "base/span.h"

enum hr_handler_kind {
    HR_HANDLER_EXCEPT,
    HR_HANDLER_EXCEPT_GROUP, /* except* */
    HR_HANDLER_WITH,
    HR_HANDLER_FINALLY, /* one that ends by return, break or continue, without a raise
                         */
};

struct hr_handler {
    enum hr_handler_kind kind;
    struct hr_span expression; /* the types; empty: `except:`.  with: the item's */
    uint32_t statement; /* clauses of one try share a number, each item has its own;
                           inner ones have higher */
    bool reraises;      /* the clause's body ends by raising the same exception */
};

/*
 * Appends to `handlers` (init'ed, of struct hr_handler) what stands around byte
 * `column` of 0-based `line` (SIZE_MAX: around its statement's first token), in the
 * innermost function or class body that holds it, or in the module: from the outside
 * in, the clauses of one try in their order; around an item of a `with`, those before
 * it.  `from` is a 0-based line above the place
 * at which the function starts, or 0: what stands above it is not read.  A line that no
 * statement holds has no handlers.  Fails with HR_ERROR_MEMORY only.
 */
bool hr_handlers_find(const char *text, size_t size, uint32_t from, uint32_t line,
                      size_t column, struct hr_array *handlers, struct hr_error *err);

#endif
