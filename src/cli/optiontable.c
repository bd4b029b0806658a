#include "cli/options.h"

#define OUTPUT "Output"
#define ACTION "What to do instead of instrumenting"
#define WHAT "What is instrumented, and how"
#define INPUT "Input"
#define MESSAGES "Messages"

const struct hr_option hr_options[] = {
    {HR_OPTION_OUTPUT, 'o', false, "output", "PATH", OUTPUT,
     "Write to PATH; with a folder or several files as input, PATH is a folder that "
     "mirrors them, and each copy names its origin in its last line",
     "Every file appears there, changed or not. The origin is what a program that runs "
     "from the copies reloads from"},
    {HR_OPTION_IN_PLACE, 'i', false, "in-place", NULL, OUTPUT,
     "Change the files themselves, each one atomically",
     "It is either the old file or the whole new one, whatever happens. Mode, owner "
     "and "
     "symbolic links are kept"},
    {HR_OPTION_DIFF, 0, false, "diff", NULL, OUTPUT,
     "Change nothing; print what would change as a unified diff"},
    {HR_OPTION_CHECK, 0, false, "check", NULL, OUTPUT,
     "Change nothing; list the files that would change"},
    {HR_OPTION_STRIP, 0, false, "strip", NULL, ACTION,
     "Take out what was put in, to the very bytes"},
    {HR_OPTION_LIST, 0, true, "list", "text|json|ctags", ACTION,
     "List the definitions (text if no format is given)"},
    {HR_OPTION_EXTRACT, 0, false, "extract", "QUALNAME", ACTION,
     "Print one definition with the headers around it, all else blank; NAME#2 is the "
     "second of that name",
     "All stands at its original lines and columns"},
    {HR_OPTION_GUARD, 0, false, "guard", NULL, ACTION,
     "Print the text that the runtime compiles"},
    {HR_OPTION_AT, 0, false, "at", "LINE[:COL]", ACTION,
     "Name the innermost definition there",
     "Lines and columns count from 1, columns in bytes"},
    {HR_OPTION_STYLE, 0, false, "style", "decorators|module", WHAT,
     "A decorator on each definition (the default), or one call for the module",
     "The call is hot_restart.wrap_module()"},
    {HR_OPTION_SUPER, 0, false, "super", "explicit|keep", WHAT,
     "Write super() out where that means the same (the default with decorators), or "
     "keep it; with -v, say why a call was kept"},
    {HR_OPTION_INCLUDE, 0, false, "include", "PATTERN", WHAT,
     "Only definitions whose qualified name, or that of one around them, matches "
     "(Trainer.*, load_*); may be given more than once"},
    {HR_OPTION_EXCLUDE, 0, false, "exclude", "PATTERN", WHAT,
     "Not those that match; may be given more than once, and wins over --include"},
    {HR_OPTION_NO_NESTED, 0, false, "no-nested", NULL, WHAT,
     "Leave definitions inside functions alone"},
    {HR_OPTION_STDIN_FILENAME, 0, false, "stdin-filename", "FILE", INPUT,
     "The name that messages give to the standard input"},
    {HR_OPTION_NO_IGNORE, 0, false, "no-ignore", NULL, INPUT,
     "Take hidden folders, .venv, node_modules and what .gitignore names as well"},
    {HR_OPTION_ERROR_FORMAT, 0, false, "error-format", "gcc|json|github", MESSAGES,
     "How messages look: file:line:col: text, a JSON object a line, or workflow "
     "commands of GitHub"},
    {HR_OPTION_COLOR, 0, false, "color", "auto|always|never", MESSAGES,
     "Colour the diff; auto: on a terminal, unless NO_COLOR is set"},
    {HR_OPTION_JOBS, 'j', false, "jobs", "N", MESSAGES,
     "Work on N files at once (default: as many as there are cores)"},
    {HR_OPTION_QUIET, 'q', false, "quiet", NULL, MESSAGES, "Errors only"},
    {HR_OPTION_VERBOSE, 'v', false, "verbose", NULL, MESSAGES, "Notes as well"},
    {HR_OPTION_STATS, 0, false, "stats", NULL, MESSAGES,
     "At the end, print files, definitions, bytes and the time of each phase"},
    {HR_OPTION_HELP, 'h', false, "help", NULL, MESSAGES, "Print this and exit"},
    {HR_OPTION_VERSION, 0, false, "version", NULL, MESSAGES,
     "Print the version and exit"},
    {0},
};
