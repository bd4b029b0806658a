"""The layers of src/, and that a breach of them is seen."""

import os
import unittest

import layers
from harness import SOURCE


class TestLayers(unittest.TestCase):
    def test_no_include_runs_up(self):
        count, found = layers.check_folder(os.path.join(SOURCE, 'src'))
        self.assertGreater(count, 20)
        self.assertEqual(found, [])


class TestTheTest(unittest.TestCase):
    """Each rule, broken and kept."""

    def broken(self, path, text, word):
        found = list(layers.check_text(path, text))
        self.assertEqual(len(found), 1, (path, text, found))
        self.assertIn(word, found[0][1])

    def kept(self, path, text):
        self.assertEqual(list(layers.check_text(path, text)), [], (path, text))

    def test_up_is_refused(self):
        self.broken('base/file.c', '#include "syntax/cut.h"\n', 'not above')
        self.broken('syntax/cut.c', '  #  include "defs/defs.h"\n', 'not above')
        self.broken('rewrite/guard.c', '#include "runtime/state.h"', 'not above')
        self.broken('runtime/guard/load.c', '#include "run/main.h"', 'not above')

    def test_sideways_is_refused(self):
        self.broken('cli/main.c', '#include "runtime/state.h"', 'not above')
        self.broken('runtime/guard/load.c', '#include "cli/options.h"', 'not above')

    def test_down_and_inside_are_taken(self):
        self.kept('rewrite/guard.c', '#include "defs/defs.h"\n#include "rewrite/edits.h"\n'
                                     '#include "base/bytes.h"\n#include <string.h>\n')
        self.kept('run/main.c', '#include "runtime/state.h"\n#include "base/bytes.h"\n')

    def test_run_keeps_to_the_runtime(self):
        for folder in ('rewrite', 'defs', 'cli'):
            self.broken('run/main.c', f'#include "{folder}/x.h"', 'must not use')

    def test_the_steps_keep_apart(self):
        self.kept('runtime/cycle/cycle.c', '#include "runtime/prompt/debug.h"')
        self.kept('runtime/reload/reload.c', '#include "runtime/guard/load.h"')
        self.kept('runtime/guard/load.c', '#include "runtime/state.h"\n'
                                          '#include "runtime/guard/cache.h"')
        self.kept('runtime/module.c', '#include "runtime/entry/wrap.h"')
        self.broken('runtime/guard/load.c', '#include "runtime/entry/wrap.h"', 'must not use')
        self.broken('runtime/prompt/debug.c', '#include "runtime/decide/decide.h"', 'must not use')
        self.broken('runtime/reload/patch.c', '#include "runtime/prompt/debug.h"', 'must not use')

    def test_tree_sitter_has_one_user(self):
        self.kept('syntax/tree.c', '#include <tree_sitter/api.h>')
        self.broken('syntax/cut.c', '#include <tree_sitter/api.h>', 'only syntax/tree.c')
        self.broken('defs/defs.c', '#include "tree_sitter/api.h"', 'only syntax/tree.c')

    def test_python_stays_above(self):
        self.kept('runtime/guard/load.c', '#include <Python.h>')
        self.kept('run/main.c', '#include <Python.h>')
        self.broken('cli/main.c', '#include <Python.h>', 'no Python')
        self.broken('base/file.h', '#include "Python.h"', 'no Python')
        self.broken('runtime/guard/load.c', '#include <internal/pycore_frame.h>', 'private')

    def test_versions_stand_in_one_header(self):
        self.kept('runtime/compat.h', '#if PY_VERSION_HEX >= 0x030d0000')
        self.broken('runtime/guard/load.c', '#if PY_VERSION_HEX >= 0x030d0000', 'compat.h')
        self.broken('run/main.c', 'if (PY_MINOR_VERSION > 11) {', 'compat.h')
        self.kept('run/main.c', 'int minor = PY_MINOR_VERSION;')

    def test_low_layers_do_not_print(self):
        self.broken('defs/defs.c', '    fprintf(f, "x");', 'print')
        self.kept('defs/defs.c', '    snprintf(buffer, 9, "printf"); hr_bytes_printf(b, "x");\n'
                                '    __attribute__((format(printf, 2, 3)));')
        self.kept('cli/main.c', '    fprintf(stderr, "x");')

    def test_comments_and_texts_do_not_count(self):
        self.kept('base/file.c', '/* not printf,\n * not PY_VERSION_HEX */ // puts\n'
                                 'const char *x = "stderr /* ";\n')

    def test_the_line_is_named(self):
        found = list(layers.check_text('base/a.c', '/* one\n two */\n\n#include "run/x.h"\n'))
        self.assertEqual([line for line, _ in found], [4])

    def test_unknown_folders_are_refused(self):
        self.broken('base/file.c', '#include "helpers/x.h"', 'by its folder')
        self.broken('base/file.c', '#include "file.h"', 'by its folder')
        self.broken('helpers/file.c', '', 'unknown layer')


if __name__ == '__main__':
    unittest.main()
