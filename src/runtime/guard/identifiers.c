#include "runtime/guard/identifiers.h"

#include <string.h>

#include "base/block.h"
#include "runtime/imports.h"

static bool is_ascii(const char *text, size_t size)
{
    return hr_ascii_end(text, size, 0) == size;
}

PyObject *hr_identifier(const char *text, size_t size)
{
    PyObject *name = PyUnicode_FromStringAndSize(text, (Py_ssize_t)size);
    if (name == NULL || is_ascii(text, size)) {
        return name;
    }
    PyObject *module = hr_import("unicodedata");
    PyObject *normal =
        module != NULL ? PyObject_CallMethod(module, "normalize", "sO", "NFKC", name)
                       : NULL;
    Py_XDECREF(module);
    Py_DECREF(name);
    return normal;
}

static int normalise(struct hr_defs *defs, struct hr_def *def)
{
    const char *written = defs->names.data + def->qualname;
    if (is_ascii(written, strlen(written))) {
        return 0;
    }
    PyObject *name = hr_identifier(written, strlen(written));
    Py_ssize_t size = 0;
    const char *normal = name != NULL ? PyUnicode_AsUTF8AndSize(name, &size) : NULL;
    if (normal != NULL && strcmp(normal, written) != 0) {
        def->qualname = defs->names.size;
        hr_bytes_append(&defs->names, normal, (size_t)size + 1);
    }
    Py_XDECREF(name);
    if (defs->names.failed) {
        PyErr_NoMemory();
        normal = NULL;
    }
    return normal != NULL ? 0 : -1;
}

int hr_identifiers_normalise(struct hr_defs *defs)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < defs->defs.count; i++) {
        status = normalise(defs, hr_array_at(&defs->defs, i));
    }
    return status;
}

const char *hr_identifiers_name(const struct hr_defs *defs, uint32_t def)
{
    const char *qualname = hr_defs_qualname(defs, def);
    const char *dot = strrchr(qualname, '.');
    return dot != NULL ? dot + 1 : qualname;
}
