"""Write a header with a digest of every source that makes guarded code.

    source_digest.py SOURCE_ROOT HEADER DEPFILE
"""

import hashlib
import os
import sys

FOLDERS = ['src/base', 'src/syntax', 'src/defs', 'src/rewrite', 'src/runtime', 'grammar']


def sources(root):
    for folder in FOLDERS:
        for name in sorted(os.listdir(os.path.join(root, folder))):
            if name.endswith(('.c', '.h')) or name == 'package-lock.json':
                yield os.path.join(root, folder, name)


def main(root, header, depfile):
    digest = hashlib.sha256()
    paths = list(sources(root))
    for path in paths:
        with open(path, 'rb') as file:
            digest.update(file.read())
    with open(header, 'w', encoding='utf-8') as file:
        file.write(f'#define HR_SOURCE_DIGEST "{digest.hexdigest()[:32]}"\n')
    with open(depfile, 'w', encoding='utf-8') as file:
        # By the path that the build knows the header by.
        file.write(f'{header}: ' +
                   ' '.join(path.replace(' ', '\\ ') for path in paths) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
