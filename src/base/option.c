#include "base/option.h"

#include <string.h>

#define CELL 40      /* columns of an option that shares its line */
#define CELL_NAME 21 /* of which for its name */

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

static void append_name(struct hr_bytes *out, const struct hr_option *option)
{
    hr_bytes_append_text(out, "  ");
    if (option->letter != 0) {
        hr_bytes_printf(out, "-%c, ", option->letter);
    }
    hr_bytes_printf(out, "--%s", option->name);
    if (option->value != NULL) {
        hr_bytes_append_text(out, option->optional ? "[=" : "=");
        hr_bytes_append_text(out, option->value);
        hr_bytes_append_text(out, option->optional ? "]" : "");
    }
}

/* The columns of the longest name, and two blanks. */
static size_t name_width(const struct hr_command *command)
{
    size_t widest = 0;
    struct hr_bytes name = {0};
    for (const struct hr_option *o = command->options; o->name != NULL; o++) {
        hr_bytes_clear(&name);
        append_name(&name, o);
        widest = name.size > widest ? name.size : widest;
    }
    hr_bytes_finish(&name);
    return widest + 2;
}

/* Appends the option with its text from column `width` on, or two blanks behind a name
 * that is longer; returns its columns. */
static size_t append_option(struct hr_bytes *out, const struct hr_option *option,
                            size_t width)
{
    size_t start = out->size;
    append_name(out, option);
    size_t used = out->size - start;
    hr_bytes_append_repeat(out, ' ', used + 2 <= width ? width - used : 2);
    hr_bytes_append_text(out, option->brief);
    return out->size - start;
}

void hr_command_help(struct hr_bytes *out, const struct hr_command *command)
{
    const char *group = NULL;
    size_t width = command->paired ? CELL_NAME : name_width(command);
    size_t column = 0; /* where the line ends so far */
    struct hr_bytes cell = {0};
    hr_bytes_append_text(out, command->usage);
    for (const struct hr_option *o = command->options; o->name != NULL; o++) {
        bool opens =
            o->group != NULL && (group == NULL || strcmp(group, o->group) != 0);
        hr_bytes_clear(&cell);
        size_t used = append_option(&cell, o, width);
        bool shares =
            command->paired && !opens && column > 0 && column < CELL && used < CELL;
        if (shares) {
            hr_bytes_append_repeat(out, ' ', CELL - column);
        } else if (column > 0) {
            hr_bytes_append_char(out, '\n');
        }
        if (opens) {
            group = o->group;
            hr_bytes_printf(out, "%s:\n", group);
        }
        hr_bytes_append(out, cell.data, cell.size);
        column = shares ? CELL + used : used;
    }
    hr_bytes_append_text(out, "\n");
    hr_bytes_append_text(out, command->closing);
    out->failed = out->failed || cell.failed;
    hr_bytes_finish(&cell);
}
