/* Replays files through a fuzz target; TAP on stdout. */
#define _GNU_SOURCE /* scandir, alphasort */
#include "fuzz.h"

#include <dirent.h>

#include "base/file.h"

static int is_plain(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries;
    int count = argc == 2 ? scandir(argv[1], &entries, is_plain, alphasort) : -1;
    if (count <= 0) {
        fprintf(stderr, "usage: %s FOLDER (with files in it)\n", argv[0]);
        return EXIT_FAILURE;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct hr_bytes text = {0};
        struct hr_error err = {0};
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        bool ok = hr_file_read(path, &text, &err);
        if (ok) {
            LLVMFuzzerTestOneInput((const uint8_t *)text.data, text.size);
        }
        printf("%s %d - %s\n", ok ? "ok" : "not ok", i + 1, entries[i]->d_name);
        fflush(stdout);
        hr_bytes_finish(&text);
        free(entries[i]);
    }
    free(entries);
    return EXIT_SUCCESS;
}
