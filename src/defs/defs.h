/*
 * The index of a text's definitions: functions and classes, in the order in
 * which they stand (layer 2).
 *
 * The outline is exact and comes from the cut alone.  The detail comes from the tree
 * of each top-level statement that holds a definition; a definition whose tree has an
 * error keeps its outline only.  Between them are depths for who needs less.
 * All spans are byte ranges of the text, which the index borrows: it must live
 * as long as the index, unchanged.
 */
#ifndef HR_DEFS_DEFS_H
#define HR_DEFS_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/span.h"
#include "base/window.h"

#define HR_NONE UINT32_MAX

enum hr_def_kind { HR_DEF_FUNCTION, HR_DEF_CLASS };

struct hr_range { /* items [first, first + count) of one of the index's arrays */
    uint32_t first;
    uint32_t count;
};

enum hr_param_kind {
    HR_PARAM_POSITIONAL_ONLY,
    HR_PARAM_POSITIONAL,
    HR_PARAM_VARARGS, /* *args */
    HR_PARAM_KEYWORD_ONLY,
    HR_PARAM_VARKW, /* **opts */
};

struct hr_param {
    struct hr_span name;
    struct hr_span default_value; /* empty: none */
    struct hr_span annotation;    /* empty: none */
    enum hr_param_kind kind;
    bool rebound; /* the body (or a nested scope) may bind or delete the name */
    bool escapes; /* **opts only: the body may change the dict or hand it out */
};

/* A name that a function's own scope binds or declares. */
enum hr_binding_kind { HR_BINDING_LOCAL, HR_BINDING_GLOBAL, HR_BINDING_NONLOCAL };

struct hr_binding {
    struct hr_span name;
    enum hr_binding_kind kind;
};

struct hr_def {
    /* --- outline --- */
    enum hr_def_kind kind;
    bool is_async;
    uint32_t parent;  /* innermost enclosing definition, or HR_NONE */
    uint32_t after;   /* index past the last definition inside this one */
    uint32_t ordinal; /* 0-based, among the definitions of this qualified name */
    size_t qualname;  /* offset into hr_defs.names, NUL-terminated there */
    struct hr_span name;
    struct hr_span indent; /* the indentation bytes of the def or class line */
    struct hr_span
        span; /* first decorator's '@' (or keyword) to past the body's last token */
    size_t keyword;      /* offset of async, def or class */
    size_t header_end;   /* past the header's ':' */
    size_t body;         /* first token of the body (a docstring included) */
    size_t body_start;   /* start of the physical line that holds `body` */
    size_t end;          /* past the newline of the body's last logical line */
    uint32_t first_line; /* 0-based: of the first decorator, else of the keyword */
    uint32_t line;       /* 0-based: of the keyword */
    uint32_t end_line;   /* 0-based: of the body's last token */
    struct hr_range decorators; /* of hr_defs.decorators */
    bool inline_body;           /* the body stands on the header's last line */
    bool has_super;             /* the name `super` stands in it */
    bool off;                   /* "# hr: off" on its def or class line */
    bool conditional;           /* stands under if, try, with, for, while or match */

    /* --- detail, valid where `detailed` --- */
    bool detailed;
    bool generator;           /* yield in its own scope */
    struct hr_span docstring; /* the string; empty: none */
    struct hr_range params;   /* of hr_defs.params */
    struct hr_range bindings; /* of hr_defs.bindings: functions; parameters included */
    struct hr_span type_params; /* with its brackets; empty: none */
    struct hr_span param_list;  /* with its parentheses */
    struct hr_span returns;     /* the return annotation; empty: none */
    uint32_t
        block_depth; /* most blocks (for, while, try, with, ...) nested in the body */
    bool trivial;    /* nothing but a docstring, pass and ... : it cannot fail */
};

struct hr_decorator {
    struct hr_span span;       /* from '@' to past its last token */
    struct hr_span expression; /* what follows the '@' */
    size_t next;               /* past its newline */
};

/* Why a zero-argument super() may not be made explicit; see supers.c. */
enum hr_super_reason {
    HR_SUPER_OK,
    HR_SUPER_NO_CLASS,       /* not in a method of a class */
    HR_SUPER_NO_PARAMETER,   /* its function has no first parameter */
    HR_SUPER_STARRED,        /* the first parameter is *args */
    HR_SUPER_REBOUND,        /* the first parameter may be rebound or deleted */
    HR_SUPER_CLASS_REBOUND,  /* the class's name may be bound to something else */
    HR_SUPER_CLASS_SHADOWED, /* the name means something else in the function */
    HR_SUPER_UNREAD,       /* its function has no detail: what it binds is not known */
    HR_SUPER_DECORATED,    /* a class decorator may replace the class */
    HR_SUPER_SHADOWED,     /* `super` is not the builtin here */
    HR_SUPER_NESTED_SCOPE, /* in a lambda, comprehension or generator expression */
    HR_SUPER_MANGLED,      /* the class's name would be mangled there */
    HR_SUPER_EARLY,        /* it may run before the class's name is bound */
    HR_SUPER_SPACED,       /* something stands between its parentheses */
    HR_SUPER_FORMATTED,    /* in an f-string, where {super()=} shows its text */
};

/* The text for a reason, for remarks; never NULL. */
const char *hr_super_reason_text(enum hr_super_reason reason);

struct hr_super { /* one call super() with no argument, in a statement that holds a
                     definition */
    struct hr_span call;   /* from `super` to past ')' */
    struct hr_span parens; /* "()" with what stands between */
    uint32_t function;     /* its function, or HR_NONE */
    uint32_t owner;        /* the class whose super it is, or HR_NONE */
    enum hr_super_reason reason;
};

struct hr_defs {
    const char *text; /* borrowed */
    size_t size;
    struct hr_window *window;   /* told how far the text was read; borrowed, or NULL */
    struct hr_array defs;       /* of struct hr_def, by position */
    struct hr_array decorators; /* of struct hr_decorator */
    struct hr_array params;     /* of struct hr_param */
    struct hr_array bindings;   /* of struct hr_binding */
    struct hr_array supers;     /* of struct hr_super, by position */
    struct hr_array errors;     /* of struct hr_error: syntax errors the tree found */
    struct hr_array globals;    /* of struct hr_span: a name at each place that binds it
                                   in the module, definitions aside */
    bool imports_all;           /* from ... import * */
    struct hr_bytes names;
    struct hr_span statement; /* that they are of, where they are taken one by one: */
    uint32_t statement_line;  /* whole lines, the 0-based number of the first */
};

enum hr_defs_depth {
    HR_DEFS_OUTLINE,
    HR_DEFS_SUPERS, /* the outline, and the tree of statements that name super */
    HR_DEFS_GUARD,  /* the outline, docstrings, and of functions what the guard has to
                       know: generator, block_depth, trivial, and parameters.
                       All of it comes from the tokens, but for statements in which
                       they do not tell. */
    HR_DEFS_DETAIL,
};

void hr_defs_init(struct hr_defs *defs);
void hr_defs_finish(struct hr_defs *defs);

/* A large index may stand in files. */
void hr_defs_spill(struct hr_defs *defs);

/* A pass over it has come a good way: its memory can go. */
void hr_defs_let_go(const struct hr_defs *defs);

/* The same, and of its text, where definition (or call) `i` of many was looked at. */
static inline void hr_defs_passed(const struct hr_defs *defs, size_t i)
{
    if (i % 2048 == 2047 && defs->defs.spill.mapped) {
        hr_defs_let_go(defs);
        hr_window_let_go(defs->window);
    }
}

/* Empties the index, errors aside; its memory is kept. */
void hr_defs_clear(struct hr_defs *defs);

/*
 * Indexes `text` into `defs` (init'ed).  Fails with HR_ERROR_SYNTAX (position
 * filled) when the cut cannot make lines of the text, HR_ERROR_LIMIT,
 * HR_ERROR_MEMORY.  Errors of the tree do not fail: see hr_defs.errors.
 */
bool hr_defs_collect(struct hr_defs *defs, const char *text, size_t size,
                     enum hr_defs_depth depth, struct hr_error *err);

/*
 * The same for a text that may be no Python: fails as hr_grammar_check does, too.
 */
bool hr_defs_collect_python(struct hr_defs *defs, const char *text, size_t size,
                            enum hr_defs_depth depth, struct hr_error *err);

struct hr_defs_taking {       /* an index that is taken a statement at a time */
    enum hr_defs_depth depth; /* not SUPERS; of OUTLINE, has_super is not set */
    bool python;              /* fails as hr_defs_collect_python does, too */
    bool ordinals;            /* are set */
    /* Gets the index of each top-level statement that holds a definition. */
    bool (*take)(void *context, const struct hr_defs *defs, struct hr_error *err);
    void *context;
};

/*
 * The same, but that the index is empty again after each statement, errors aside: no
 * super() is decided about.  Ends when `take` returns false, with its error.
 */
bool hr_defs_take(struct hr_defs *defs, const char *text, size_t size,
                  const struct hr_defs_taking *taking, struct hr_error *err);

/*
 * The same to depth SUPERS, where only calls at these places matter: `places` are
 * ascending offsets.  What it says of calls at other places, if it knows of them,
 * is true as well.
 */
bool hr_defs_collect_supers(struct hr_defs *defs, const char *text, size_t size,
                            const size_t *places, size_t count, struct hr_error *err);

/*
 * Adds the detail of one definition to an index of depth OUTLINE, and of what stands
 * around and inside it as far as hr_extract needs it; no other statement gets a tree.
 * No definition of the index moves.  Calls of super() are not decided about.  Fails
 * with HR_ERROR_MEMORY.
 */
bool hr_defs_add_detail(struct hr_defs *defs, uint32_t index, struct hr_error *err);

static inline const struct hr_def *hr_defs_at(const struct hr_defs *defs, uint32_t i)
{
    return (const struct hr_def *)defs->defs.items + i;
}

/* "Outer.method.<locals>.inner" is written "Outer.method.inner" here. Borrowed. */
const char *hr_defs_qualname(const struct hr_defs *defs, uint32_t index);

/*
 * The definition of that qualified name: "name" the first, "name#2" the second
 * (1-based).  HR_NONE if there is none.
 */
uint32_t hr_defs_find(const struct hr_defs *defs, const char *qualname);

/* The innermost definition that covers 0-based `line`; HR_NONE if there is none. */
uint32_t hr_defs_find_line(const struct hr_defs *defs, uint32_t line);

/* Where a text is not Python: the first token the tree could not place. */
bool hr_defs_check(const struct hr_defs *defs, struct hr_error *err);

#endif
