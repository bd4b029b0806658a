#define _POSIX_C_SOURCE 200809L /* clock_gettime */
#include "syntax/tree.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <tree_sitter/api.h>

const TSLanguage *tree_sitter_python(void);

/* Of this thread's own time: a busy machine must not decide what is guarded. */
#define DEADLINE_CLOCK CLOCK_THREAD_CPUTIME_ID
#ifdef __SANITIZE_ADDRESS__
#define DEADLINE_SECONDS 20 /* everything takes several times as long */
#else
#define DEADLINE_SECONDS 2
#endif
#define BYTES_PER_SECOND (1u << 20)

/* The grammar's scanner keeps its levels of indentation, two bytes each, and a byte
 * for each open string in 1,024 bytes, and writes past them. */
#define MAX_WIDTHS 400

struct hr_parser {
    TSParser *parser;
    const TSLanguage *language;
    uint16_t *kinds; /* by symbol */
    uint32_t symbols;
    uint16_t *fields; /* by the language's field id */
    uint32_t field_count;
};

static const char *const node_symbols[HR_NODE_COUNT] = {
#define HR_NODE(name, symbol) [HR_NODE_##name] = symbol,
#include "syntax/nodes.h"
#undef HR_NODE
};

static const char *const field_names[HR_FIELD_COUNT] = {
#define HR_FIELD(name, field) [HR_FIELD_##name] = field,
#include "syntax/fields.h"
#undef HR_FIELD
};

static bool fill_tables(struct hr_parser *parser)
{
    parser->symbols = ts_language_symbol_count(parser->language);
    parser->field_count = ts_language_field_count(parser->language) + 1;
    parser->kinds = calloc(parser->symbols, sizeof *parser->kinds);
    parser->fields = calloc(parser->field_count, sizeof *parser->fields);
    if (parser->kinds == NULL || parser->fields == NULL) {
        return false;
    }
    /* An alias gives one name to several symbols: compare every one. */
    for (uint32_t symbol = 0; symbol < parser->symbols; symbol++) {
        if (ts_language_symbol_type(parser->language, (TSSymbol)symbol) !=
            TSSymbolTypeRegular) {
            continue;
        }
        const char *name = ts_language_symbol_name(parser->language, (TSSymbol)symbol);
        for (int kind = HR_NODE_ERROR + 1; kind < HR_NODE_COUNT; kind++) {
            const char *other = node_symbols[kind];
            if (name[0] == other[0] && strcmp(name, other) == 0) {
                parser->kinds[symbol] = (uint16_t)kind;
            }
        }
    }
    for (int field = 1; field < HR_FIELD_COUNT; field++) {
        TSFieldId id = ts_language_field_id_for_name(
            parser->language, field_names[field], (uint32_t)strlen(field_names[field]));
        parser->fields[id] = (uint16_t)field;
    }
    parser->fields[0] = HR_FIELD_NONE;
    return true;
}

struct hr_parser *hr_parser_create(struct hr_error *err)
{
    struct hr_parser *parser = calloc(1, sizeof *parser);
    if (parser == NULL) {
        hr_error_memory(err);
        return NULL;
    }
    parser->language = tree_sitter_python();
    parser->parser = ts_parser_new();
    if (!fill_tables(parser)) {
        hr_error_memory(err);
        hr_parser_destroy(parser);
        return NULL;
    }
    if (!ts_parser_set_language(parser->parser, parser->language)) {
        hr_error_set(err, HR_ERROR_UNSUPPORTED,
                     "the grammar and the tree-sitter library do not fit each other");
        hr_parser_destroy(parser);
        return NULL;
    }
    return parser;
}

void hr_parser_destroy(struct hr_parser *parser)
{
    if (parser != NULL) {
        if (parser->parser != NULL) {
            ts_parser_delete(parser->parser);
        }
        free(parser->kinds);
        free(parser->fields);
        free(parser);
    }
}

void hr_tree_init(struct hr_tree *tree)
{
    *tree = (struct hr_tree){0};
    hr_array_init(&tree->nodes, sizeof(struct hr_node));
}

void hr_tree_finish(struct hr_tree *tree)
{
    if (tree != NULL) {
        hr_array_finish(&tree->nodes);
    }
}

uint32_t hr_tree_child(const struct hr_tree *tree, uint32_t parent, enum hr_field field)
{
    uint32_t end = hr_tree_node(tree, parent)->after;
    for (uint32_t i = parent + 1; i < end; i = hr_tree_node(tree, i)->after) {
        if (hr_tree_node(tree, i)->field == field) {
            return i;
        }
    }
    return 0;
}

struct input {
    const char *text;
    uint32_t size;
    bool has_returns; /* '\r' alone ends some lines, which the grammar does not know */
};

/* The first '\r' without '\n' from `at` on; the end if there is none. */
static uint32_t find_return(const struct input *input, uint32_t at)
{
    const char *found;
    while ((found = memchr(input->text + at, '\r', input->size - at)) != NULL) {
        at = (uint32_t)(found - input->text);
        if (at + 1 >= input->size || found[1] != '\n') {
            return at;
        }
        at++;
    }
    return input->size;
}

static const char *read_input(void *payload, uint32_t offset, TSPoint position,
                              uint32_t *size)
{
    const struct input *input = payload;
    (void)position;
    if (offset >= input->size) {
        *size = 0;
        return "";
    }
    *size = (input->has_returns ? find_return(input, offset) : input->size) - offset;
    if (*size == 0) {
        *size = 1;
        return "\n";
    }
    return input->text + offset;
}

static bool past_deadline(TSParseState *state)
{
    const struct timespec *deadline = state->payload;
    struct timespec now;
    clock_gettime(DEADLINE_CLOCK, &now);
    return now.tv_sec > deadline->tv_sec ||
           (now.tv_sec == deadline->tv_sec && now.tv_nsec > deadline->tv_nsec);
}

/* Keeps the named nodes, in pre-order, without recursion: a tree may be deeper
 * than the C stack. */
static bool flatten(const struct hr_parser *parser, TSNode root, size_t base,
                    struct hr_tree *tree)
{
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    uint32_t parent = 0;
    bool ok = false;
    for (;;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool missing = ts_node_is_missing(node);
        bool enters = false;
        if (ts_node_is_named(node) || missing) {
            uint32_t index = (uint32_t)tree->nodes.count;
            struct hr_node *item = hr_array_push(&tree->nodes);
            if (item == NULL) {
                goto done;
            }
            TSSymbol symbol = ts_node_symbol(node);
            item->kind = missing || symbol == (TSSymbol)-1 ? HR_NODE_ERROR
                                                           : parser->kinds[symbol];
            item->field = parser->fields[ts_tree_cursor_current_field_id(&cursor)];
            item->parent = parent;
            item->start = (uint32_t)(base + ts_node_start_byte(node));
            item->end = (uint32_t)(base + ts_node_end_byte(node));
            item->after = index + 1;
            enters = ts_tree_cursor_goto_first_child(&cursor);
            if (enters) {
                parent = index;
            }
        }
        if (enters) {
            continue;
        }
        while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
            if (!ts_tree_cursor_goto_parent(&cursor)) {
                ok = true;
                goto done;
            }
            struct hr_node *closed = hr_array_at(&tree->nodes, parent);
            closed->after = (uint32_t)tree->nodes.count;
            parent = closed->parent;
        }
    }
done:
    ts_tree_cursor_delete(&cursor);
    return ok;
}

/* The width of the blanks at `*at`, counted as that scanner counts; moves past them. */
static uint16_t measure(const char *text, size_t end, size_t *at)
{
    unsigned width = 0;
    for (; *at < end; ++*at) {
        char c = text[*at];
        if (c == ' ') {
            width++;
        } else if (c == '\t') {
            width += 8;
        } else if (c == '\f' || c == '\r') {
            width = 0;
        } else if (c == '\\' && *at + 1 < end &&
                   (text[*at + 1] == '\n' || text[*at + 1] == '\r')) {
            *at +=
                text[*at + 1] == '\r' && *at + 2 < end && text[*at + 2] == '\n' ? 2 : 1;
        } else {
            break;
        }
    }
    return (uint16_t)width;
}

/* Its levels rise strictly, and each is the width of some line: what has few
 * different widths is safe. */
static bool has_many_widths(const char *text, struct hr_span span)
{
    if (hr_span_size(span) < MAX_WIDTHS * MAX_WIDTHS / 16) {
        return false;
    }
    unsigned char seen[(UINT16_MAX + 1) / 8] = {0};
    size_t count = 0;
    for (size_t at = span.start; at < span.end && count <= MAX_WIDTHS;) {
        uint16_t width = measure(text, span.end, &at);
        unsigned char bit = (unsigned char)(1u << width % 8);
        count += (seen[width / 8] & bit) == 0;
        seen[width / 8] |= bit;
        const char *newline = memchr(text + at, '\n', span.end - at);
        at = newline == NULL ? span.end : (size_t)(newline - text) + 1;
    }
    return count > MAX_WIDTHS;
}

bool hr_parser_parse(struct hr_parser *parser, const char *text, struct hr_span span,
                     struct hr_tree *tree, struct hr_error *err)
{
    hr_array_shrink(&tree->nodes, 0);
    if (has_many_widths(text, span)) {
        return hr_error_set(err, HR_ERROR_LIMIT, "too many levels of indentation");
    }
    struct input input = {text + span.start, (uint32_t)hr_span_size(span), false};
    input.has_returns = find_return(&input, 0) < input.size;
    struct timespec deadline;
    clock_gettime(DEADLINE_CLOCK, &deadline);
    deadline.tv_sec += DEADLINE_SECONDS + input.size / BYTES_PER_SECOND;
    ts_parser_reset(parser->parser);
    TSTree *parsed = ts_parser_parse_with_options(
        parser->parser, NULL,
        (TSInput){
            .payload = &input, .read = read_input, .encoding = TSInputEncodingUTF8},
        (TSParseOptions){.payload = &deadline, .progress_callback = past_deadline});
    if (parsed == NULL) {
        return hr_error_set(err, HR_ERROR_LIMIT,
                            "the parser took longer than %d s for a statement",
                            DEADLINE_SECONDS);
    }
    TSNode root = ts_tree_root_node(parsed);
    tree->has_error = ts_node_has_error(root);
    bool ok = flatten(parser, root, span.start, tree);
    ts_tree_delete(parsed);
    return ok || hr_error_memory(err);
}
