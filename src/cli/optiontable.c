#include "cli/options.h"

#define OUTPUT "Output"
#define ACTION "What to do instead of instrumenting"
#define WHAT "What is instrumented, and how"
#define INPUT "Input"
#define MESSAGES "Messages"

static const struct hr_option options[] = {
    {HR_OPTION_OUTPUT, 'o', false, false, "output", "PATH", OUTPUT, "Write to PATH",
     "Write to PATH; a folder for several files",
     "With a folder or several files as input, PATH is a folder that mirrors them: "
     "every file appears there, changed or not, and names its origin in its last line. "
     "The origin is what a program that runs from the copies reloads from"},
    {HR_OPTION_IN_PLACE, 'i', false, false, "in-place", NULL, OUTPUT,
     "Change the files", "Change the files themselves, each one atomically",
     "It is either the old file or the whole new one, whatever happens. Mode, owner "
     "and symbolic links are kept"},
    {HR_OPTION_DIFF, 0, false, false, "diff", NULL, OUTPUT, "Print a diff",
     "Print what would change as a unified diff", "Nothing is changed"},
    {HR_OPTION_CHECK, 0, false, false, "check", NULL, OUTPUT, "List what changes",
     "List the files that would change", "Nothing is changed"},
    {HR_OPTION_STRIP, 0, false, false, "strip", NULL, ACTION, "Take it out again",
     "Take out what was put in, to the very bytes"},
    {HR_OPTION_EXTRACT, 0, false, false, "extract", "QUALNAME", ACTION,
     "Print it alone", "Print one definition; NAME#2: the second of it",
     "It is printed with the headers around it, all else blank: all stands at its "
     "original lines and columns"},
    {HR_OPTION_GUARD, 0, false, false, "guard", NULL, ACTION, "What is compiled",
     "Print the text that the runtime compiles"},
    {HR_OPTION_AT, 0, false, false, "at", "LINE[:COL]", ACTION, "Name what is there",
     "Name the innermost definition there",
     "Lines and columns count from 1, columns in bytes"},
    {HR_OPTION_LIST, 0, true, false, "list", "text|json|ctags", ACTION,
     "List the definitions", "List the definitions (as text by default)"},
    {HR_OPTION_STYLE, 0, false, false, "style", "decorators|module", WHAT,
     "A decorator each, or one call for all",
     "Decorators on all definitions, or one call",
     "Decorators are the default; the call is hot_restart.wrap_module()"},
    {HR_OPTION_SUPER, 0, false, false, "super", "explicit|keep", WHAT,
     "Write super() out where it means the same",
     "Write super() out where that means the same",
     "That is the default with decorators; keep leaves it as it is. With -v, each call "
     "that was kept is named with the reason"},
    {HR_OPTION_INCLUDE, 0, false, true, "include", "PATTERN", WHAT, "Only these names",
     "Only definitions of this name (Trainer.*, load_*)",
     "The pattern is held against the qualified name, and against those of the "
     "definitions around it. May be given more than once"},
    {HR_OPTION_EXCLUDE, 0, false, true, "exclude", "PATTERN", WHAT, "Not these names",
     "Not those that match; wins over --include", "May be given more than once"},
    {HR_OPTION_NO_NESTED, 0, false, false, "no-nested", NULL, WHAT, "None in functions",
     "Leave definitions inside functions alone"},
    {HR_OPTION_STDIN_FILENAME, 0, false, false, "stdin-filename", "FILE", INPUT,
     "Name of -", "What messages call the standard input"},
    {HR_OPTION_NO_IGNORE, 0, false, false, "no-ignore", NULL, INPUT, "Ignored ones too",
     "Take hidden and ignored files and folders as well",
     "Else hidden folders, .venv, node_modules, __pycache__ and what .gitignore names "
     "are left out"},
    {HR_OPTION_ERROR_FORMAT, 0, false, false, "error-format", "gcc|json|github",
     MESSAGES, "How messages look", "How messages look",
     "gcc: file:line:col: text; json: an object a line; github: workflow commands"},
    {HR_OPTION_COLOR, 0, false, false, "color", "auto|always|never", MESSAGES,
     "Colour the diff", "Colour the diff",
     "auto: on a terminal, unless NO_COLOR is set"},
    {HR_OPTION_JOBS, 'j', false, false, "jobs", "N", MESSAGES, "Files at a time",
     "Work on N files at once (default: the cores)"},
    {HR_OPTION_STATS, 0, false, false, "stats", NULL, MESSAGES, "Count and time",
     "Count files, definitions and bytes; time phases",
     "The numbers are printed at the end"},
    {HR_OPTION_QUIET, 'q', false, false, "quiet", NULL, MESSAGES, "Errors only",
     "Errors only"},
    {HR_OPTION_VERBOSE, 'v', false, false, "verbose", NULL, MESSAGES, "Notes as well",
     "Notes as well"},
    {HR_OPTION_HELP, 'h', false, false, "help", NULL, MESSAGES, "Print this",
     "Print this and exit"},
    {HR_OPTION_VERSION, 0, false, false, "version", NULL, MESSAGES, "The version",
     "Print the version and exit"},
    {0},
};

const struct hr_command hr_command = {
    .name = "hr-instrument",
    .paired = true,
    .usage =
        "Usage: hr-instrument [OPTION]... FILE|FOLDER|-...\n"
        "Put hot-restart's decorators into Python files, or take them out again.\n",
    .closing = "Exit status: 0 fine, 1 --check or --diff found something, 2 failed, 64 "
               "usage\n",
    .files = "*.py",
    .options = options,
};
