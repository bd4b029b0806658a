#include "cli/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/json.h"

static const char *const severities[] = {"error", "warning", "note"};

void hr_report_init(struct hr_report *report, const struct hr_settings *settings,
                    const char *file)
{
    *report = (struct hr_report){.settings = settings, .file = file};
}

void hr_report_finish(struct hr_report *report)
{
    hr_bytes_finish(&report->text);
}

/* Control characters, which could move a terminal's cursor or end the line, as octal.
 */
static void append_visible(struct hr_bytes *out, const char *text)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c == 0x7f) {
            hr_bytes_printf(out, "\\%03o", c);
        } else {
            hr_bytes_append_char(out, *text);
        }
    }
}

static void add_gcc(struct hr_report *report, enum hr_severity severity, const char *id,
                    size_t line, size_t column, const char *message)
{
    append_visible(&report->text, report->file);
    if (line > 0) {
        hr_bytes_printf(&report->text, ":%zu", line);
        if (column > 0) {
            hr_bytes_printf(&report->text, ":%zu", column);
        }
    }
    hr_bytes_printf(&report->text, ": %s: ", severities[severity]);
    append_visible(&report->text, message);
    hr_bytes_printf(&report->text, " [%s]\n", id);
}

static void add_json(struct hr_report *report, enum hr_severity severity,
                     const char *id, size_t line, size_t column, const char *message)
{
    json_t *object = json_object();
    json_object_set_new(object, "file",
                        hr_json_text(report->file, strlen(report->file)));
    json_object_set_new(object, "line",
                        line > 0 ? json_integer((json_int_t)line) : json_null());
    json_object_set_new(object, "column",
                        column > 0 ? json_integer((json_int_t)column) : json_null());
    json_object_set_new(object, "severity", json_string(severities[severity]));
    json_object_set_new(object, "message", hr_json_text(message, strlen(message)));
    json_object_set_new(object, "id", json_string(id));
    hr_json_append(&report->text, object, JSON_COMPACT);
    hr_bytes_append_char(&report->text, '\n');
}

/* Workflow commands want these bytes escaped; two more of them in properties. */
static void append_escaped(struct hr_bytes *out, const char *text, bool property)
{
    for (; *text != '\0'; text++) {
        bool escape = *text == '%' || *text == '\r' || *text == '\n' ||
                      (property && (*text == ':' || *text == ','));
        if (escape) {
            hr_bytes_printf(out, "%%%02X", (unsigned char)*text);
        } else {
            hr_bytes_append_char(out, *text);
        }
    }
}

static void add_github(struct hr_report *report, enum hr_severity severity,
                       const char *id, size_t line, size_t column, const char *message)
{
    static const char *const commands[] = {"error", "warning", "notice"};
    hr_bytes_printf(&report->text, "::%s file=", commands[severity]);
    append_escaped(&report->text, report->file, true);
    if (line > 0) {
        hr_bytes_printf(&report->text, ",line=%zu", line);
    }
    if (column > 0) {
        hr_bytes_printf(&report->text, ",col=%zu", column);
    }
    hr_bytes_printf(&report->text, ",title=%s::", id);
    append_escaped(&report->text, message, false);
    hr_bytes_append_char(&report->text, '\n');
}

void hr_report_add(struct hr_report *report, enum hr_severity severity, const char *id,
                   size_t line, size_t column, const char *format, ...)
{
    if (severity == HR_SEVERITY_ERROR) {
        report->errors++;
    } else if (severity == HR_SEVERITY_WARNING ? report->settings->quiet
                                               : !report->settings->verbose) {
        return;
    }
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    switch (report->settings->errors) {
    case HR_ERRORS_GCC:
        add_gcc(report, severity, id, line, column, message);
        break;
    case HR_ERRORS_JSON:
        add_json(report, severity, id, line, column, message);
        break;
    case HR_ERRORS_GITHUB:
        add_github(report, severity, id, line, column, message);
        break;
    }
}

void hr_report_error(struct hr_report *report, const struct hr_error *err)
{
    static const char *const ids[] = {
        [HR_ERROR_NONE] = "internal",
        [HR_ERROR_MEMORY] = "memory",
        [HR_ERROR_IO] = "io",
        [HR_ERROR_ENCODING] = "encoding",
        [HR_ERROR_SYNTAX] = "syntax",
        [HR_ERROR_LIMIT] = "limit",
        [HR_ERROR_NOT_FOUND] = "not-found",
        [HR_ERROR_UNSUPPORTED] = "unsupported",
    };
    hr_report_add(report, HR_SEVERITY_ERROR, ids[err->kind], err->line, err->column,
                  "%s", err->message);
}
