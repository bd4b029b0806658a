#include "run/options.h"

#include <stddef.h>

#define AT(member) offsetof(struct hr_run_options, member)

static const struct hr_option options[] = {
    {AT(include), 0, false, true, "include", "GLOB", NULL,
     "Guard these modules too; * takes all",
     "Guard modules of these names too; * takes all", NULL},
    {AT(exclude), 0, false, true, "exclude", "GLOB", NULL, "Leave these modules alone",
     "Leave modules of these names alone", NULL},
    {AT(stop), 0, false, false, "stop", "unhandled|always|never", NULL,
     "Which failures stop it", "Which failures stop it (default: unhandled)", NULL},
    {AT(ignore), 0, false, true, "ignore", "EXC", NULL,
     "Never stop for this class of exception", "Never stop for this class of exception",
     NULL},
    {AT(stop_at), 0, false, false, "stop-at", "guard|raise", NULL,
     "Before or after its finally blocks",
     "Stop before or after the failing function's finally blocks", NULL},
    {AT(stop_on_interrupt), 0, false, false, "stop-on-interrupt", NULL, NULL,
     "Stop for Ctrl-C as well", "Stop for Ctrl-C, in your innermost function", NULL},
    {AT(stop_on_exit), 0, false, false, "stop-on-exit", NULL, NULL,
     "Stop for SystemExit as well", "Stop for SystemExit in a function", NULL},
    {AT(reload), 0, false, false, "reload", "failed|changed", NULL,
     "What c puts in place", "What c puts in place (default: failed)", NULL},
    {AT(generators), 0, false, false, "generators", "count|replay", NULL,
     "What a restarted generator skips",
     "Count what generators deliver, or deliver it again (default: count)", NULL},
    {AT(on_crash), 0, false, false, "on-crash", "debug|wait|raise", NULL,
     "Debug, wait for a save, or let it go",
     "Debug it, wait for a save of the file, or let it go", NULL},
    {AT(debugger), 0, false, false, "debugger", "pdb|ipdb|pudb|debugpy", NULL,
     "Which debugger opens", "Which debugger opens (default: one that is loaded)",
     NULL},
    {AT(only_wrapped), 0, false, false, "only-wrapped", NULL, NULL,
     "Guard only what the source marks", "Guard only what the source itself marks",
     NULL},
    {AT(python), 0, false, false, "python", "PATH", NULL,
     "Use this interpreter or environment",
     "Use this interpreter or virtual environment", NULL},
    {HR_RUN_OPTION_HELP, 0, false, false, "help", NULL, NULL,
     "Print this (-h: python's)", "Print this and exit (-h: python's)", NULL},
    {HR_RUN_OPTION_VERSION, 0, false, false, "version", NULL, NULL,
     "Print hr-run's version and python's",
     "Print hr-run's version and python's and exit", NULL},
    {0},
};

const struct hr_command hr_command = {
    .name = "hr-run",
    .usage =
        "Usage: hr-run [OPTION|PYTHON OPTION]... SCRIPT|-m MODULE|-c CODE|- [ARG]...\n"
        "Run a Python program as python does. When one of your functions fails, a\n"
        "debugger opens: edit the file, type c, and the function runs again.\n\n",
    .closing =
        "\nEverything else is python's. Guarded are the script and the modules that "
        "it\n"
        "imports from outside the standard library and the installed packages.\n",
    .files = "*.py",
    .options = options,
};
