"""Print what meson.build needs to know about the interpreter that runs this.

A line each: version, suffix of extension modules, their folder, the folder of
Python.h, the arguments that link libpython ('-': there is none).
"""

import os
import sys
import sysconfig


def embedding(var):
    """The arguments that link libpython into a program."""
    if var('Py_ENABLE_SHARED'):
        folder = var('LIBDIR')
        args = [f'-L{folder}', '-lpython' + var('LDVERSION')]
        # Harmless where the loader looks anyway, needed everywhere else.
        if not folder.startswith(('/usr/lib/', '/lib/')) and folder not in ('/usr/lib', '/lib'):
            args.append(f'-Wl,-rpath,{folder}')
        return args
    archive = next((path for path in (os.path.join(var(folder) or '', var('LIBRARY'))
                                      for folder in ('LIBDIR', 'LIBPL'))
                    if os.path.exists(path)), None)
    if archive is None:
        return []
    return [archive, *(var('LIBS') or '').split(), *(var('SYSLIBS') or '').split(),
            *(var('LINKFORSHARED') or '').split()]


def main():
    var = sysconfig.get_config_var
    include = sysconfig.get_path('include')
    version = '%d.%d' % sys.version_info[:2]
    print(version if sys.implementation.name == 'cpython' else sys.implementation.name)
    print(var('EXT_SUFFIX'))
    print(sysconfig.get_path('platlib'))
    print(include if os.path.exists(os.path.join(include, 'Python.h')) else '-')
    print(' '.join(embedding(var)) or '-')


if __name__ == '__main__':
    main()
