"""A sample of the standard library through hr-instrument; see instrument_corpus.py.

With HR_TEST_ALL set (./dev test --all) it is all of this interpreter's library.
"""

import io
import os
import sysconfig
import unittest

from instrument_corpus import check_corpus


class Instrument(unittest.TestCase):
    def test_standard_library(self):
        out = io.StringIO()
        sample = None if os.environ.get('HR_TEST_ALL') else 60
        problems = check_corpus([sysconfig.get_path('stdlib')], sample, out)
        print(out.getvalue())
        self.assertEqual(problems, [])


if __name__ == '__main__':
    unittest.main()
