#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static void __attribute__((format(printf, 5, 0)))
fill(struct hr_error *err, enum hr_error_kind kind, uint32_t line, uint32_t column,
     const char *format, va_list args)
{
    err->kind = kind;
    err->line = line;
    err->column = column;
    vsnprintf(err->message, sizeof err->message, format, args);
}

bool hr_error_set(struct hr_error *err, enum hr_error_kind kind, const char *format,
                  ...)
{
    va_list args;
    va_start(args, format);
    fill(err, kind, 0, 0, format, args);
    va_end(args);
    return false;
}

bool hr_error_at(struct hr_error *err, enum hr_error_kind kind, uint32_t line,
                 uint32_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fill(err, kind, line, column, format, args);
    va_end(args);
    return false;
}

bool hr_error_memory(struct hr_error *err)
{
    return hr_error_set(err, HR_ERROR_MEMORY, "out of memory");
}
