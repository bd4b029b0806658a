/* The measure for hr-instrument's speed: read each file and parse it whole, with the
 * same libraries.  Prints the bytes parsed. */
#include <stdio.h>
#include <stdlib.h>

#include <tree_sitter/api.h>

#include "base/file.h"

const TSLanguage *tree_sitter_python(void);

int main(int argc, char **argv)
{
    TSParser *parser = ts_parser_new();
    size_t bytes = 0;
    if (!ts_parser_set_language(parser, tree_sitter_python())) {
        return EXIT_FAILURE;
    }
    for (int i = 1; i < argc; i++) {
        struct hr_bytes text = {0};
        struct hr_error err = {0};
        if (!hr_file_read(argv[i], &text, &err)) {
            fprintf(stderr, "%s: %s\n", argv[i], err.message);
            return EXIT_FAILURE;
        }
        TSTree *tree =
            ts_parser_parse_string(parser, NULL, text.data, (uint32_t)text.size);
        ts_tree_delete(tree);
        bytes += text.size;
        hr_bytes_finish(&text);
    }
    ts_parser_delete(parser);
    printf("%zu\n", bytes);
    return EXIT_SUCCESS;
}
