#include "runtime/testing.h"

#include "runtime/guard/linetable.h"
#include "runtime/guard/load.h"
#include "runtime/guard/source.h"

static PyObject *guarded_code(PyObject *module, PyObject *path)
{
    struct hr_state *state = hr_state_of(module);
    hr_source *source = hr_source_read(state, path);
    if (source == NULL) {
        return NULL;
    }
    PyObject *code = hr_load_module(state, source, 0, -1, NULL);
    Py_DECREF(source);
    return code != NULL || PyErr_Occurred() ? code : Py_NewRef(Py_None);
}

static PyObject *guarded_text(PyObject *module, PyObject *path)
{
    hr_source *source = hr_source_read(hr_state_of(module), path);
    if (source == NULL) {
        return NULL;
    }
    PyObject *text = hr_load_guarded_text(hr_state_of(module), source);
    Py_DECREF(source);
    return text;
}

/* A map without lines is exact everywhere: line 0 stays line 0, and so on. */
static PyObject *reencoded_lines(PyObject *module, PyObject *args)
{
    Py_buffer table;
    int line;
    if (!PyArg_ParseTuple(args, "y*i", &table, &line)) {
        return NULL;
    }
    struct hr_location_reader reader = {
        .data = table.buf, .size = (size_t)table.len, .line = line};
    struct hr_line_map map;
    struct hr_location location;
    struct hr_bytes out;
    hr_line_map_init(&map);
    hr_bytes_init(&out);
    while (hr_location_next(&reader, &location)) {
        struct hr_location mapped = hr_location_map(&location, &map, NULL);
        hr_location_write(&out, &line, &mapped);
    }
    PyObject *result = out.failed
                           ? PyErr_NoMemory()
                           : PyBytes_FromStringAndSize(out.data, (Py_ssize_t)out.size);
    hr_bytes_finish(&out);
    hr_line_map_finish(&map);
    PyBuffer_Release(&table);
    return result;
}

static PyObject *put_front_end(PyObject *module, PyObject *object)
{
    Py_XSETREF(hr_state_of(module)->debugger, Py_NewRef(object));
    Py_RETURN_NONE;
}

static PyObject *searches(PyObject *module, PyObject *nothing)
{
    return PyLong_FromUnsignedLong(hr_state_of(module)->searches);
}

PyMethodDef hr_testing_methods[] = {
    {"_front_end", put_front_end, METH_O,
     "An object whose open_prompt() is asked instead of the debugger's."},
    {"_guarded_code", guarded_code, METH_O,
     "The guarded code of a file; None if it cannot be guarded."},
    {"_guarded_text", guarded_text, METH_O, "The guarded text of a file, as bytes."},
    {"_reencoded_lines", reencoded_lines, METH_VARARGS,
     "(co_linetable, co_firstlineno) -> the table decoded and encoded again."},
    {"_searches", searches, METH_NOARGS,
     "How often all objects there are were searched for functions."},
    {NULL, NULL, 0, NULL},
};
