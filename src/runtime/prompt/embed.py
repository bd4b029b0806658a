"""Makes a C header that holds files' bytes as NUL-terminated arrays."""

import sys

target, *pairs = sys.argv[1:]
with open(target, "w", encoding="ascii") as stream:
    for source, name in zip(pairs[::2], pairs[1::2]):
        with open(source, "rb") as file:
            data = file.read() + b"\0"
        rows = [", ".join(map(str, data[i:i + 20])) for i in range(0, len(data), 20)]
        stream.write(f"static const char {name}[] = {{\n    ")
        stream.write(",\n    ".join(rows))
        stream.write("};\n")
