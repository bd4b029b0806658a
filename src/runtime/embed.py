"""Makes a C header that holds a file's bytes as a NUL-terminated array."""

import sys

source, target, name = sys.argv[1:]
with open(source, "rb") as stream:
    data = stream.read() + b"\0"
rows = [", ".join(str(byte) for byte in data[i:i + 20]) for i in range(0, len(data), 20)]
with open(target, "w", encoding="ascii") as stream:
    stream.write(f"static const char {name}[] = {{\n    ")
    stream.write(",\n    ".join(rows))
    stream.write("};\n")
