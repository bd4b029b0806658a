#define _GNU_SOURCE /* realpath with NULL, strdup, strchrnul */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "run/interpreter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lines.h"

#define LINKED PY_VERSION
#define CONFIGURATION "pyvenv.cfg"
#define MOST_BYTES ((size_t)1 << 20)

static bool is_program(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

/* Without its last part; "." where there is none.  NULL without memory. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL   ? strdup(".")
           : slash == path ? strdup("/")
                           : strndup(path, (size_t)(slash - path));
}

static char *joined(const char *folder, const char *name)
{
    struct hr_bytes path = {0};
    hr_bytes_printf(&path, "%s/%s", folder, name);
    return hr_bytes_steal(&path);
}

/* ---- pyvenv.cfg ---- */

/* The value of a line "version = 3.11.7" or "version_info = 3.11.7.final.0". */
static struct hr_span version_in(const char *text, struct hr_span line)
{
    size_t at = line.start + strlen("version");
    if (hr_span_size(line) < strlen("version") ||
        strncmp(text + line.start, "version", strlen("version")) != 0) {
        return hr_span(0, 0);
    }
    if (line.end - at > 5 && strncmp(text + at, "_info", 5) == 0) {
        at += 5;
    }
    while (at < line.end && (text[at] == ' ' || text[at] == '\t')) {
        at++;
    }
    if (at == line.end || text[at] != '=') {
        return hr_span(0, 0);
    }
    for (at++; at < line.end && (text[at] == ' ' || text[at] == '\t'); at++) {
    }
    size_t end = at;
    while (end < line.end &&
           (text[end] == '.' || (text[end] >= '0' && text[end] <= '9'))) {
        end++;
    }
    return hr_span(at, end > at && text[end - 1] == '.' ? end - 1 : end);
}

/* Whether "3.11.7" is of the linked minor version; what cannot be read is. */
static bool fits(const char *version)
{
    int major, minor;
    return sscanf(version, "%d.%d", &major, &minor) != 2 ||
           (major == PY_MAJOR_VERSION && minor == PY_MINOR_VERSION);
}

/* The environment in `folder` is not of another version. */
static bool check_environment(const char *folder, struct hr_bytes *message)
{
    struct hr_bytes text = {0};
    struct hr_error err = {0};
    bool good = true;
    char *path = joined(folder, CONFIGURATION);
    if (path != NULL && hr_file_read_regular(path, MOST_BYTES, &text, NULL, &err) &&
        text.data != NULL) {
        unsigned line = 1;
        for (size_t at = 0, end; good && at < text.size; at = end, line++) {
            char version[32] = "";
            end = hr_line_end(text.data, text.size, at);
            struct hr_span found = version_in(text.data, hr_span(at, end));
            snprintf(version, sizeof version, "%.*s", (int)hr_span_size(found),
                     text.data + found.start);
            good = fits(version);
            if (!good) {
                hr_bytes_printf(message,
                                "%s:%u: error: this environment is of Python %s, this "
                                "hr-run is built "
                                "for %s; use an hr-run that is built for %s, or make "
                                "the environment "
                                "anew with Python %d.%d",
                                path, line, version, LINKED, version, PY_MAJOR_VERSION,
                                PY_MINOR_VERSION);
            }
        }
    }
    hr_bytes_finish(&text);
    free(path);
    return good;
}

static bool is_environment(const char *folder)
{
    char *path = joined(folder, CONFIGURATION);
    bool is = path != NULL && access(path, R_OK) == 0;
    free(path);
    return is;
}

/* Appends the interpreter of the environment in `folder`.  False: there is none. */
static bool append_environment(const char *folder, struct hr_bytes *path)
{
    char *program = joined(folder, "bin/python");
    bool is = program != NULL && is_program(program);
    if (is) {
        hr_bytes_append_text(path, program);
    }
    free(program);
    return is;
}

/* ---- --python ---- */

/* What `program` says of itself, "3.11.7"; "" if it says nothing. */
static void ask_version(const char *program, char *version, size_t size)
{
    int ends[2];
    version[0] = '\0';
    if (pipe(ends) != 0) {
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl(program, program, "-ISc",
              "import sys; print('%d.%d.%d' % sys.version_info[:3])", (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    struct hr_bytes text = {0};
    struct hr_error err = {0};
    if (child > 0 && hr_file_read_fd(ends[0], &text, &err) && text.data != NULL) {
        snprintf(version, size, "%.*s", (int)strcspn(text.data, "\r\n"), text.data);
    }
    close(ends[0]);
    if (child > 0) {
        waitpid(child, NULL, 0);
    }
    hr_bytes_finish(&text);
}

/* The path of a program named on a command line, as the shell finds it.  NULL: there is
 * no such program. */
static char *find_program(const char *name)
{
    if (strchr(name, '/') != NULL) {
        return is_program(name) ? strdup(name) : NULL;
    }
    const char *folders = getenv("PATH");
    while (folders != NULL && *folders != '\0') {
        const char *end = strchrnul(folders, ':');
        struct hr_bytes path = {0};
        hr_bytes_printf(&path, "%.*s/%s", (int)(end - folders), folders, name);
        if (!path.failed && end > folders && is_program(path.data)) {
            return hr_bytes_steal(&path);
        }
        hr_bytes_finish(&path);
        folders = *end == ':' ? end + 1 : NULL;
    }
    return NULL;
}

/* The folder of the environment in whose bin a program stands; NULL: none. */
static char *environment_of(const char *program)
{
    char *bin = folder_of(program);
    if (bin != NULL && bin[0] != '/') {
        char *whole = realpath(bin, NULL);
        free(bin);
        bin = whole;
    }
    char *above = bin != NULL ? folder_of(bin) : NULL;
    free(bin);
    if (above != NULL && !is_environment(above)) {
        free(above);
        above = NULL;
    }
    return above;
}

static bool append_chosen(const char *chosen, struct hr_bytes *path,
                          struct hr_bytes *message)
{
    struct stat st;
    bool good = false;
    char version[32];
    char *program = NULL;
    char *environment = NULL;
    if (stat(chosen, &st) == 0 && S_ISDIR(st.st_mode)) {
        if (!append_environment(chosen, path)) {
            hr_bytes_printf(message, "hr-run: --python: no bin/python in %s", chosen);
            return false;
        }
        return check_environment(chosen, message);
    }
    program = find_program(chosen);
    if (program == NULL) {
        hr_bytes_printf(message, "hr-run: --python: no such program: %s", chosen);
        goto done;
    }
    hr_bytes_append_text(path, program);
    environment = environment_of(program);
    if (environment != NULL) {
        good = check_environment(environment, message);
        goto done;
    }
    ask_version(program, version, sizeof version);
    good = version[0] != '\0' && fits(version);
    if (version[0] == '\0') {
        hr_bytes_printf(message, "hr-run: --python: %s is not a Python", program);
    } else if (!good) {
        hr_bytes_printf(
            message,
            "hr-run: --python: %s is Python %s, this hr-run is built for %s; "
            "use an hr-run that is built for %s",
            program, version, LINKED, version);
    }
done:
    free(environment);
    free(program);
    return good;
}

/* ---- all of them, in their order ---- */

bool hr_interpreter_find(const char *chosen, const char *argv0, const char *built_for,
                         struct hr_bytes *path, struct hr_bytes *message)
{
    if (chosen != NULL) {
        return append_chosen(chosen, path, message);
    }
    char *self = find_program(argv0);
    char *own = self != NULL ? environment_of(self) : NULL;
    const char *active = getenv("VIRTUAL_ENV");
    const char *folder = own != NULL                                ? own
                         : active != NULL && is_environment(active) ? active
                                                                    : NULL;
    bool good = folder == NULL || check_environment(folder, message);
    if (good && (folder == NULL || !append_environment(folder, path))) {
        hr_bytes_append_text(path, built_for);
    }
    free(own);
    free(self);
    return good;
}
