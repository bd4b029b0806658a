/*
 * Prints what is made from the option table at build time: the man page with its
 * options (scdoc) and the shell completions.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/options.h"

#define PROGRAM "hr-instrument"

/* "a|b|c" names words; anything else is a name for a value. */
static bool is_words(const char *value)
{
    return value != NULL && strchr(value, '|') != NULL;
}

static bool is_path(const struct hr_option *option)
{
    return option->value != NULL &&
           (strcmp(option->value, "PATH") == 0 || strcmp(option->value, "FILE") == 0);
}

/* Prints `text` with a backslash before each byte of `special`. */
static void print_escaped(const char *text, const char *special)
{
    for (; *text != '\0'; text++) {
        if (strchr(special, *text) != NULL) {
            putchar('\\');
        }
        putchar(*text);
    }
}

static void print_words(const char *value, const char *between)
{
    for (; *value != '\0'; value++) {
        if (*value == '|') {
            fputs(between, stdout);
        } else {
            putchar(*value);
        }
    }
}

/* Prose for scdoc, with the options that it names in bold. */
static void print_man_text(const char *text)
{
    bool bold = false;
    for (const char *at = text; *at != '\0'; at++) {
        bool starts = at == text || at[-1] == ' ' || at[-1] == '(';
        if (starts && *at == '-' && (at[1] == '-' || isalpha((unsigned char)at[1]))) {
            putchar('*');
            bold = true;
        } else if (bold && *at != '-' && !isalnum((unsigned char)*at)) {
            putchar('*');
            bold = false;
        }
        if (strchr("*_[]#<>|\\", *at) != NULL) {
            putchar('\\');
        }
        putchar(*at);
    }
    fputs(bold ? "*.\n" : ".\n", stdout);
}

static void print_man_value(const struct hr_option *o)
{
    const char *mark = is_words(o->value) ? "*" : "_";
    fputs(o->optional ? "\\[=" : "=", stdout);
    fputs(mark, stdout);
    if (is_words(o->value)) {
        print_words(o->value, "*|*");
    } else {
        print_escaped(o->value, "[]|*_");
    }
    fputs(mark, stdout);
    fputs(o->optional ? "\\]" : "", stdout);
}

static void print_man_options(void)
{
    const char *group = "";
    for (const struct hr_option *o = hr_options; o->name != NULL; o++) {
        if (strcmp(group, o->group) != 0) {
            group = o->group;
            printf("## %s\n\n", group);
        }
        if (o->letter != 0) {
            printf("*-%c*, ", o->letter);
        }
        printf("*--%s*", o->name);
        if (o->value != NULL) {
            print_man_value(o);
        }
        fputs("\n\t", stdout);
        print_man_text(o->help);
        if (o->more != NULL) {
            putchar('\t');
            print_man_text(o->more);
        }
        putchar('\n');
    }
}

/* Prints the page on the standard input, with the options for the line @OPTIONS@. */
static bool print_man(void)
{
    bool found = false;
    char line[1024];
    while (fgets(line, sizeof line, stdin) != NULL) {
        if (strcmp(line, "@OPTIONS@\n") == 0) {
            print_man_options();
            found = true;
        } else {
            fputs(line, stdout);
        }
    }
    if (!found) {
        fputs("generate: the page has no line @OPTIONS@\n", stderr);
    }
    return found;
}

static void print_bash(void)
{
    puts("# bash completion for " PROGRAM);
    puts("_hr_instrument()\n{");
    puts("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}");
    puts("    local words equal=");
    puts("    # bash splits at '=', so that --name=va arrives as three words.");
    puts("    if [[ $cur == = ]]; then\n        cur= equal=1\n    elif [[ $prev == = "
         "]]; then\n"
         "        prev=${COMP_WORDS[COMP_CWORD-2]} equal=1\n    fi");
    puts("    COMPREPLY=()\n    case $prev in");
    for (const struct hr_option *o = hr_options; o->name != NULL; o++) {
        if (o->value == NULL) {
            continue;
        }
        printf("    --%s", o->name);
        if (o->letter != 0) {
            printf("|-%c", o->letter);
        }
        puts(")");
        if (is_words(o->value)) {
            fputs("        words='", stdout);
            print_words(o->value, " ");
            puts("'");
            /* An optional value is one only behind '='. */
            fputs(o->optional ? "        [[ $equal ]] &&" : "       ", stdout);
            puts(" COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) && return");
            puts("        ;;");
        } else if (is_path(o)) {
            puts("        COMPREPLY=($(compgen -f -- \"$cur\"))\n        return ;;");
        } else {
            puts("        return ;;");
        }
    }
    puts("    esac\n    if [[ $cur == -* ]]; then");
    fputs("        words='", stdout);
    for (const struct hr_option *o = hr_options; o->name != NULL; o++) {
        if (o->letter != 0) {
            printf("-%c ", o->letter);
        }
        printf("--%s%s ", o->name, o->value != NULL && !o->optional ? "=" : "");
    }
    puts("'\n        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))");
    puts("        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n        return\n  "
         "  fi");
    puts("    COMPREPLY=($(compgen -f -X '!*.py' -- \"$cur\") "
         "$(compgen -d -- \"$cur\"))\n}");
    puts("complete -o filenames -F _hr_instrument " PROGRAM);
}

static void print_zsh(void)
{
    puts("#compdef " PROGRAM "\n\n_arguments -s -S \\");
    for (const struct hr_option *o = hr_options; o->name != NULL; o++) {
        bool repeat = strcmp(o->value != NULL ? o->value : "", "PATTERN") == 0;
        fputs("    ", stdout);
        if (o->letter != 0) {
            printf("'(-%c --%s)'{-%c%s,--%s%s}'", o->letter, o->name, o->letter,
                   o->value != NULL ? "+" : "", o->name, o->value != NULL ? "=" : "");
        } else {
            printf("'%s--%s%s", repeat ? "*" : "", o->name,
                   o->optional        ? "=-"
                   : o->value != NULL ? "="
                                      : "");
        }
        putchar('[');
        print_escaped(o->help, "[]:");
        putchar(']');
        if (o->value != NULL) {
            fputs(o->optional ? "::" : ":", stdout);
            if (is_words(o->value)) {
                fputs("word:(", stdout);
                print_words(o->value, " ");
                putchar(')');
            } else {
                print_escaped(o->value, ":[]");
                fputs(is_path(o) ? ":_files" : ": ", stdout);
            }
        }
        puts("' \\");
    }
    puts("    '*:file:_files -g \"*.py(-.)\"'");
}

static void print_fish(void)
{
    puts("# fish completion for " PROGRAM);
    for (const struct hr_option *o = hr_options; o->name != NULL; o++) {
        fputs("complete -c " PROGRAM, stdout);
        if (o->letter != 0) {
            printf(" -s %c", o->letter);
        }
        printf(" -l %s", o->name);
        if (is_words(o->value)) {
            fputs(o->optional ? " -f -a '" : " -x -a '", stdout);
            print_words(o->value, " ");
            putchar('\'');
        } else if (o->value != NULL) {
            fputs(is_path(o) ? " -r -F" : " -x", stdout);
        }
        fputs(" -d '", stdout);
        print_escaped(o->help, "'\\");
        puts("'");
    }
}

int main(int argc, char **argv)
{
    const char *what = argc == 2 ? argv[1] : "";
    if (strcmp(what, "man") == 0) {
        if (!print_man()) {
            return HR_EXIT_FAILED;
        }
    } else if (strcmp(what, "bash") == 0) {
        print_bash();
    } else if (strcmp(what, "zsh") == 0) {
        print_zsh();
    } else if (strcmp(what, "fish") == 0) {
        print_fish();
    } else {
        fputs("usage: generate bash|zsh|fish, or generate man < PAGE\n", stderr);
        return HR_EXIT_USAGE;
    }
    return fflush(stdout) == 0 ? HR_EXIT_FINE : HR_EXIT_FAILED;
}
