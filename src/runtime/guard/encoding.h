/*
 * The declared encodings of Python's texts, PEP 263 (layer 4b).
 */
#ifndef HR_RUNTIME_ENCODING_H
#define HR_RUNTIME_ENCODING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "base/bytes.h"

/* Appends the text of a file's raw bytes to `out`, as UTF-8 without a BOM.  0, or -1
 * with SyntaxError of `filename`, or MemoryError. */
int hr_encoding_decode(PyObject *filename, const char *data, Py_ssize_t size,
                       struct hr_bytes *out);

#endif
