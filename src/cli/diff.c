#include "cli/diff.h"

#include <git2.h>
#include <string.h>

struct printer {
    struct hr_bytes *out;
    bool color;
};

void hr_diff_start(void)
{
    git_libgit2_init();
}

void hr_diff_stop(void)
{
    git_libgit2_shutdown();
}

static const char *color_of(char origin)
{
    switch (origin) {
    case GIT_DIFF_LINE_ADDITION:
    case GIT_DIFF_LINE_ADD_EOFNL:
        return "\033[32m";
    case GIT_DIFF_LINE_DELETION:
    case GIT_DIFF_LINE_DEL_EOFNL:
        return "\033[31m";
    case GIT_DIFF_LINE_HUNK_HDR:
        return "\033[36m";
    default:
        return NULL;
    }
}

/* What is coloured is for a terminal: there, control characters (a colour's own, one
 * that moves the cursor, a lone CR that hides what stands before it) show as ^X. */
static void append_content(struct hr_bytes *out, const char *text, size_t size,
                           bool visible, bool lines)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        bool ends = lines && (c == '\n' ||
                              (c == '\r' && (i + 1 == size || text[i + 1] == '\n')));
        if (visible && (c < ' ' || c == 0x7f) && c != '\t' && !ends) {
            hr_bytes_append_char(out, '^');
            hr_bytes_append_char(out, (char)(c ^ 0x40));
        } else {
            hr_bytes_append_char(out, text[i]);
        }
    }
}

static int print_line(const git_diff_delta *delta, const git_diff_hunk *hunk,
                      const git_diff_line *line, void *payload)
{
    struct printer *printer = payload;
    struct hr_bytes *out = printer->out;
    if (line->origin == GIT_DIFF_LINE_FILE_HDR ||
        line->origin == GIT_DIFF_LINE_BINARY) {
        return 0;
    }
    const char *color = printer->color ? color_of(line->origin) : NULL;
    size_t size = line->content_len;
    bool ended = size > 0 && line->content[size - 1] == '\n';
    hr_bytes_append_text(out, color != NULL ? color : "");
    if (line->origin == GIT_DIFF_LINE_ADDITION ||
        line->origin == GIT_DIFF_LINE_DELETION ||
        line->origin == GIT_DIFF_LINE_CONTEXT) {
        hr_bytes_append_char(out, line->origin);
    }
    append_content(out, line->content, size - (color != NULL && ended ? 1 : 0),
                   printer->color, true);
    if (color != NULL) {
        hr_bytes_append_text(out, ended ? "\033[m\n" : "\033[m");
    }
    return out->failed ? -1 : 0;
}

bool hr_diff_print(const char *path, const struct hr_bytes *old,
                   const struct hr_bytes *new, bool color, struct hr_bytes *out,
                   struct hr_error *err)
{
    git_diff_options options;
    git_patch *patch = NULL;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.flags = GIT_DIFF_FORCE_TEXT;
    if (git_patch_from_buffers(&patch, old->data, old->size, "a", new->data, new->size,
                               "b", &options) != 0) {
        const git_error *why = git_error_last();
        return hr_error_set(err, HR_ERROR_LIMIT, "cannot be compared: %s",
                            why != NULL ? why->message : "unknown reason");
    }
    if (git_patch_num_hunks(patch) == 0 && !hr_bytes_equal(old, new)) {
        git_patch_free(patch); /* it keeps to itself that it had no memory */
        return hr_error_memory(err);
    }
    const char *name = path;
    while (*name == '/') {
        name++;
    }
    const char *bold = color ? "\033[1m" : "";
    const char *plain = color ? "\033[m" : "";
    for (int i = 0; i < 2; i++) {
        hr_bytes_printf(out, "%s%s", bold, i == 0 ? "--- a/" : "+++ b/");
        append_content(out, name, strlen(name), true, false);
        hr_bytes_printf(out, "%s\n", plain);
    }
    struct printer printer = {out, color};
    git_patch_print(patch, print_line, &printer);
    git_patch_free(patch);
    return !out->failed || hr_error_memory(err);
}
