#include "base/option.h"

#include <string.h>

#define INDENT 28
#define WIDTH 79

bool hr_option_has_words(const struct hr_option *option)
{
    return option->value != NULL && strchr(option->value, '|') != NULL;
}

int hr_option_choose(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (int index = 0;; index++) {
        size_t length = strcspn(words, "|");
        if (length == size && strncmp(words, word, size) == 0) {
            return index;
        }
        if (words[length] == '\0') {
            return -1;
        }
        words += length + 1;
    }
}

/* Appends the words of `text`, in lines that begin at INDENT. */
static void append_wrapped(struct hr_bytes *out, const char *text)
{
    size_t column = INDENT;
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (column > INDENT && column + 1 + word > WIDTH) {
            hr_bytes_append_char(out, '\n');
            hr_bytes_append_repeat(out, ' ', INDENT);
            column = INDENT;
        }
        if (column > INDENT) {
            hr_bytes_append_char(out, ' ');
            column++;
        }
        hr_bytes_append(out, text, word);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    hr_bytes_append_char(out, '\n');
}

static void append_option(struct hr_bytes *out, const struct hr_option *option,
                          bool letters)
{
    size_t start = out->size;
    hr_bytes_append_text(out, "  ");
    if (option->letter != 0) {
        hr_bytes_printf(out, "-%c, ", option->letter);
    } else if (letters) {
        hr_bytes_append_text(out, "    ");
    }
    hr_bytes_printf(out, "--%s", option->name);
    if (option->value != NULL) {
        hr_bytes_append_text(out, option->optional ? "[=" : "=");
        hr_bytes_append_text(out, option->value);
        hr_bytes_append_text(out, option->optional ? "]" : "");
    }
    size_t width = out->size - start;
    if (width + 2 > INDENT) {
        hr_bytes_append_char(out, '\n');
        width = 0;
    }
    hr_bytes_append_repeat(out, ' ', INDENT - width);
    append_wrapped(out, option->help);
}

void hr_command_help(struct hr_bytes *out, const struct hr_command *command)
{
    const char *group = NULL;
    bool letters = false;
    for (const struct hr_option *o = command->options; o->name != NULL; o++) {
        letters = letters || o->letter != 0;
    }
    hr_bytes_append_text(out, command->usage);
    for (const struct hr_option *o = command->options; o->name != NULL; o++) {
        if (o->group != NULL && (group == NULL || strcmp(group, o->group) != 0)) {
            group = o->group;
            hr_bytes_printf(out, "\n%s:\n", group);
        }
        append_option(out, o, letters);
    }
    hr_bytes_append_text(out, command->closing);
}
