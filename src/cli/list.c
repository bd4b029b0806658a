#include "cli/list.h"

#include <string.h>

#include "base/lines.h"
#include "cli/json.h"

static const struct hr_def *def_at(const struct hr_lister *lister, uint32_t i)
{
    return hr_defs_at(lister->defs, i);
}

static bool is_method(const struct hr_lister *lister, const struct hr_def *def)
{
    return def->kind == HR_DEF_FUNCTION && def->parent != HR_NONE &&
           def_at(lister, def->parent)->kind == HR_DEF_CLASS;
}

static void append_span(const struct hr_lister *lister, struct hr_span span)
{
    hr_bytes_append(lister->out, lister->defs->text + span.start, hr_span_size(span));
}

/* --- text --- */

static void print_params(const struct hr_lister *lister, const struct hr_def *def)
{
    struct hr_bytes *out = lister->out;
    enum hr_param_kind before = HR_PARAM_POSITIONAL;
    hr_bytes_append_char(out, '(');
    for (uint32_t i = 0; i < def->params.count; i++) {
        const struct hr_param *param =
            hr_array_at(&lister->defs->params, def->params.first + i);
        hr_bytes_append_text(out, i > 0 ? ", " : "");
        if (i > 0 && before == HR_PARAM_POSITIONAL_ONLY && param->kind != before) {
            hr_bytes_append_text(out, "/, ");
        }
        if (param->kind == HR_PARAM_KEYWORD_ONLY && before != HR_PARAM_KEYWORD_ONLY &&
            before != HR_PARAM_VARARGS) {
            hr_bytes_append_text(out, "*, ");
        }
        hr_bytes_append_text(out, param->kind == HR_PARAM_VARARGS ? "*"
                                  : param->kind == HR_PARAM_VARKW ? "**"
                                                                  : "");
        append_span(lister, param->name);
        if (!hr_span_empty(param->default_value)) {
            hr_bytes_append_char(out, '=');
            append_span(lister, param->default_value);
        }
        before = param->kind;
    }
    if (def->params.count > 0 && before == HR_PARAM_POSITIONAL_ONLY) {
        hr_bytes_append_text(out, ", /");
    }
    hr_bytes_append_char(out, ')');
}

static void print_text(const struct hr_lister *lister, uint32_t i)
{
    const struct hr_def *def = def_at(lister, i);
    struct hr_bytes *out = lister->out;
    size_t column = def->keyword - hr_line_start(lister->defs->text, def->keyword);
    hr_bytes_printf(out, "%s:%u:%zu: ", lister->file, def->line + 1, column + 1);
    hr_bytes_append_text(out, def->is_async ? "async " : "");
    hr_bytes_append_text(out, def->kind == HR_DEF_CLASS ? "class "
                              : is_method(lister, def)  ? "method "
                                                        : "function ");
    hr_bytes_append_text(out, hr_defs_qualname(lister->defs, i));
    if (def->ordinal > 0) {
        hr_bytes_printf(out, "#%u", def->ordinal + 1);
    }
    if (def->kind == HR_DEF_FUNCTION && def->detailed) {
        print_params(lister, def);
    }
    hr_bytes_append_text(out, def->detailed && def->generator ? " generator" : "");
    hr_bytes_append_char(out, '\n');
}

/* --- ctags --- */

static void print_ctags(const struct hr_lister *lister, uint32_t i)
{
    const struct hr_def *def = def_at(lister, i);
    struct hr_bytes *out = lister->out;
    append_span(lister, def->name);
    hr_bytes_printf(out, "\t%s\t%u;\"\t%c\tline:%u", lister->file, def->line + 1,
                    def->kind == HR_DEF_CLASS ? 'c'
                    : is_method(lister, def)  ? 'm'
                                              : 'f',
                    def->line + 1);
    if (def->parent != HR_NONE) {
        hr_bytes_printf(out, "\t%s:%s",
                        def_at(lister, def->parent)->kind == HR_DEF_CLASS ? "class"
                                                                          : "function",
                        hr_defs_qualname(lister->defs, def->parent));
    }
    hr_bytes_printf(out, "\tend:%u\n", def->end_line + 1);
}

/* --- JSON --- */

static json_t *json_span_text(const struct hr_lister *lister, struct hr_span span)
{
    return hr_json_text(lister->defs->text + span.start, hr_span_size(span));
}

/* Lines and columns from 1, columns in bytes. */
static json_t *json_position(const struct hr_lister *lister, size_t offset)
{
    const struct hr_defs *defs = lister->defs;
    size_t shift = lister->source->bom; /* bytes that the file has before the text */
    size_t within = offset - defs->statement.start;
    size_t line = hr_lines_find(&lister->lines, within);
    size_t start = hr_lines_span(&lister->lines, line).start;
    line += defs->statement_line;
    size_t column = within - start + 1 + (line == 0 ? shift : 0);
    return json_pack("{sI sI sI}", "line", (json_int_t)(line + 1), "column",
                     (json_int_t)column, "byte", (json_int_t)(offset + shift));
}

static json_t *json_range(const struct hr_lister *lister, struct hr_span span)
{
    return json_pack("{so so}", "start", json_position(lister, span.start), "end",
                     json_position(lister, span.end));
}

static json_t *json_params(const struct hr_lister *lister, const struct hr_def *def)
{
    static const char *const kinds[] = {"positional-only", "positional", "varargs",
                                        "keyword-only", "varkw"};
    json_t *list = json_array();
    for (uint32_t i = 0; i < def->params.count; i++) {
        const struct hr_param *param =
            hr_array_at(&lister->defs->params, def->params.first + i);
        json_t *one = json_object();
        json_object_set_new(one, "name", json_span_text(lister, param->name));
        json_object_set_new(one, "kind", json_string(kinds[param->kind]));
        json_object_set_new(one, "default",
                            hr_span_empty(param->default_value)
                                ? json_null()
                                : json_span_text(lister, param->default_value));
        json_object_set_new(one, "annotation",
                            hr_span_empty(param->annotation)
                                ? json_null()
                                : json_span_text(lister, param->annotation));
        json_object_set_new(one, "rebound", json_boolean(param->rebound));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *json_decorators(const struct hr_lister *lister, const struct hr_def *def)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < def->decorators.count; i++) {
        const struct hr_decorator *decorator =
            hr_array_at(&lister->defs->decorators, def->decorators.first + i);
        json_array_append_new(list, json_span_text(lister, decorator->expression));
    }
    return list;
}

static json_t *json_qualname(const struct hr_lister *lister, uint32_t i)
{
    const char *name = hr_defs_qualname(lister->defs, i);
    return hr_json_text(name, strlen(name));
}

static json_t *json_def(const struct hr_lister *lister, uint32_t i)
{
    const struct hr_def *def = def_at(lister, i);
    json_t *object = json_object();
    json_object_set_new(object, "kind",
                        json_string(def->kind == HR_DEF_CLASS ? "class" : "function"));
    json_object_set_new(object, "name", json_span_text(lister, def->name));
    json_object_set_new(object, "qualname", json_qualname(lister, i));
    json_object_set_new(object, "ordinal", json_integer(def->ordinal + 1));
    json_object_set_new(object, "nested_in",
                        def->parent == HR_NONE ? json_null()
                                               : json_qualname(lister, def->parent));
    json_object_set_new(object, "method", json_boolean(is_method(lister, def)));
    json_object_set_new(object, "async", json_boolean(def->is_async));
    json_object_set_new(object, "has_super", json_boolean(def->has_super));
    json_object_set_new(object, "range", json_range(lister, def->span));
    json_object_set_new(object, "name_range", json_range(lister, def->name));
    json_object_set_new(object, "decorators", json_decorators(lister, def));
    json_object_set_new(object, "detailed", json_boolean(def->detailed));
    if (!def->detailed) {
        return object;
    }
    if (def->kind == HR_DEF_FUNCTION) {
        json_object_set_new(object, "generator", json_boolean(def->generator));
        json_object_set_new(object, "parameters", json_params(lister, def));
    }
    json_object_set_new(object, "docstring_range",
                        hr_span_empty(def->docstring)
                            ? json_null()
                            : json_range(lister, def->docstring));
    return object;
}

/* ---- */

static void print_json_head(const struct hr_lister *lister)
{
    struct hr_bytes *out = lister->out;
    hr_bytes_append_text(out, "{\n \"file\": ");
    hr_json_append(out, hr_json_text(lister->file, strlen(lister->file)),
                   JSON_ENCODE_ANY);
    hr_bytes_append_text(out, ",\n \"encoding\": ");
    hr_json_append(out, json_string(lister->source->encoding), JSON_ENCODE_ANY);
    hr_bytes_printf(out, ",\n \"converted\": %s,\n \"definitions\": [",
                    lister->source->is_converted ? "true" : "false");
}

void hr_lister_init(struct hr_lister *lister, const struct hr_source_text *source,
                    const char *file, enum hr_list_format format, struct hr_bytes *out)
{
    *lister = (struct hr_lister){
        .source = source, .file = file, .format = format, .out = out};
    hr_lines_start(&lister->lines);
    if (format == HR_LIST_JSON) {
        print_json_head(lister);
    }
}

void hr_lister_finish(struct hr_lister *lister)
{
    hr_lines_finish(&lister->lines);
}

bool hr_lister_take(struct hr_lister *lister, const struct hr_defs *defs,
                    struct hr_error *err)
{
    struct hr_bytes *out = lister->out;
    lister->defs = defs;
    if (lister->format == HR_LIST_JSON &&
        !hr_lines_read(&lister->lines, defs->text + defs->statement.start,
                       hr_span_size(defs->statement), err)) {
        return false;
    }
    for (uint32_t i = 0; i < defs->defs.count && !out->failed; i++) {
        switch (lister->format) {
        case HR_LIST_JSON:
            hr_bytes_append_text(out, lister->any ? ",\n  " : "\n  ");
            hr_json_append_deeper(out, json_def(lister, i), JSON_INDENT(1), "  ");
            break;
        case HR_LIST_CTAGS:
            print_ctags(lister, i);
            break;
        default:
            print_text(lister, i);
        }
        lister->any = true;
    }
    return !out->failed || hr_error_memory(err);
}

bool hr_lister_end(struct hr_lister *lister, struct hr_error *err)
{
    if (lister->format == HR_LIST_JSON) {
        hr_bytes_append_text(lister->out, lister->any ? "\n ]\n}" : "]\n}");
    }
    return !lister->out->failed || hr_error_memory(err);
}

#define TEXT_OF(number) TEXT_OF_VALUE(number)
#define TEXT_OF_VALUE(number) #number

const char *hr_list_start(enum hr_list_format format)
{
    switch (format) {
    case HR_LIST_JSON:
        return "{\"version\": " TEXT_OF(
            HR_LIST_VERSION) ", \"bases\": {\"line\": 1, "
                             "\"column\": 1, \"byte\": 0}, \"column_unit\": \"byte\", "
                             "\"files\": [\n";
    case HR_LIST_CTAGS:
        return "!_TAG_FILE_FORMAT\t2\t/extended format/\n"
               "!_TAG_FILE_SORTED\t0\t/0=unsorted/\n"
               "!_TAG_PROGRAM_NAME\thr-instrument\t//\n";
    default:
        return "";
    }
}

const char *hr_list_between(enum hr_list_format format)
{
    return format == HR_LIST_JSON ? ",\n" : "";
}

const char *hr_list_end(enum hr_list_format format)
{
    return format == HR_LIST_JSON ? "\n]}\n" : "";
}
