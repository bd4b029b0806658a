/*
 * Prints what is made from a program's option table at build time: the man page with
 * its options (scdoc) and the shell completions.  Linked with that table.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/option.h"

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
    const char *mark = hr_option_has_words(o) ? "*" : "_";
    fputs(o->optional ? "\\[=" : "=", stdout);
    fputs(mark, stdout);
    if (hr_option_has_words(o)) {
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
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
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

/* The program's name as a shell function's: "_hr_run". */
static void print_function_name(void)
{
    putchar('_');
    for (const char *at = hr_command.name; *at != '\0'; at++) {
        putchar(*at == '-' ? '_' : *at);
    }
}

static void print_bash(void)
{
    printf("# bash completion for %s\n", hr_command.name);
    print_function_name();
    puts("()\n{");
    puts("    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}");
    puts("    local words equal=");
    puts("    # bash splits at '=', so that --name=va arrives as three words.");
    puts("    if [[ $cur == = ]]; then\n        cur= equal=1\n    elif [[ $prev == = "
         "]]; then\n"
         "        prev=${COMP_WORDS[COMP_CWORD-2]} equal=1\n    fi");
    puts("    COMPREPLY=()\n    case $prev in");
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
        if (o->value == NULL) {
            continue;
        }
        printf("    --%s", o->name);
        if (o->letter != 0) {
            printf("|-%c", o->letter);
        }
        puts(")");
        if (hr_option_has_words(o)) {
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
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
        if (o->letter != 0) {
            printf("-%c ", o->letter);
        }
        printf("--%s%s ", o->name, o->value != NULL && !o->optional ? "=" : "");
    }
    puts("'\n        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))");
    puts("        [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace\n        return\n  "
         "  fi");
    printf("    COMPREPLY=($(compgen -f -X '!%s' -- \"$cur\") "
           "$(compgen -d -- \"$cur\"))\n}\ncomplete -o filenames -F ",
           hr_command.files);
    print_function_name();
    printf(" %s\n", hr_command.name);
}

/* What stands in single quotes there, and means something to _arguments. */
static void print_zsh_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            fputs("'\\'", stdout);
        } else if (strchr("[]:", *text) != NULL) {
            putchar('\\');
        }
        putchar(*text);
    }
}

static void print_zsh(void)
{
    printf("#compdef %s\n\n_arguments -s -S \\\n", hr_command.name);
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
        fputs("    ", stdout);
        if (o->letter != 0) {
            printf("'(-%c --%s)'{-%c%s,--%s%s}'", o->letter, o->name, o->letter,
                   o->value != NULL ? "+" : "", o->name, o->value != NULL ? "=" : "");
        } else {
            printf("'%s--%s%s", o->repeats ? "*" : "", o->name,
                   o->optional        ? "=-"
                   : o->value != NULL ? "="
                                      : "");
        }
        putchar('[');
        print_zsh_text(o->help);
        putchar(']');
        if (o->value != NULL) {
            fputs(o->optional ? "::" : ":", stdout);
            if (hr_option_has_words(o)) {
                fputs("word:(", stdout);
                print_words(o->value, " ");
                putchar(')');
            } else {
                print_zsh_text(o->value);
                fputs(is_path(o) ? ":_files" : ": ", stdout);
            }
        }
        puts("' \\");
    }
    printf("    '*:file:_files -g \"%s(-.)\"'\n", hr_command.files);
}

static void print_fish(void)
{
    printf("# fish completion for %s\n", hr_command.name);
    for (const struct hr_option *o = hr_command.options; o->name != NULL; o++) {
        printf("complete -c %s", hr_command.name);
        if (o->letter != 0) {
            printf(" -s %c", o->letter);
        }
        printf(" -l %s", o->name);
        if (hr_option_has_words(o)) {
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
            return EXIT_FAILURE;
        }
    } else if (strcmp(what, "bash") == 0) {
        print_bash();
    } else if (strcmp(what, "zsh") == 0) {
        print_zsh();
    } else if (strcmp(what, "fish") == 0) {
        print_fish();
    } else {
        fputs("usage: generate bash|zsh|fish, or generate man < PAGE\n", stderr);
        return EXIT_FAILURE;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
