#include "runtime/entry/pytest.h"

#include "runtime/entry/importhook.h"
#include "runtime/guard/load.h"
#include "runtime/guard/source.h"
#include "runtime/cycle/toplevel.h"
#include "runtime/imports.h"

#define LOADER_MODULE "_pytest.assertion.rewrite"
#define LOADER_CLASS "AssertionRewritingHook"

/* What the loader's class keeps its own exec_module under. */
#define ORIGINAL "__hr_exec_module__"

/* As pytest does it, with the text that is given: its tree, rewritten, compiled.
 * `owner` is (rewrite_asserts, config). */
static PyObject *rewritten_code(PyObject *owner, PyObject *args)
{
    const char *text;
    PyObject *filename;
    int flags, optimize;
    if (!PyArg_ParseTuple(args, "yOii", &text, &filename, &flags, &optimize)) {
        return NULL;
    }
    PyCompilerFlags to_tree = {
        .cf_flags = PyCF_ONLY_AST | PyCF_SOURCE_IS_UTF8 | PyCF_IGNORE_COOKIE |
                    (flags & PyCF_MASK),
        .cf_feature_version = PY_MINOR_VERSION,
    };
    PyObject *code = NULL;
    PyObject *tree =
        Py_CompileStringObject(text, filename, Py_file_input, &to_tree, optimize);
    PyObject *compile = PyDict_GetItemString(PyEval_GetBuiltins(), "compile");
    if (tree != NULL && compile != NULL) {
        PyObject *done = PyObject_CallFunctionObjArgs(
            PyTuple_GET_ITEM(owner, 0), tree, PyTuple_GET_ITEM(args, 0), filename,
            PyTuple_GET_ITEM(owner, 1), NULL);
        code = done != NULL ? PyObject_CallFunction(compile, "OOsii", tree, filename,
                                                    "exec", flags, 1)
                            : NULL;
        Py_XDECREF(done);
    }
    Py_XDECREF(tree);
    if (code != NULL && !PyCode_Check(code)) {
        Py_CLEAR(code); /* somebody's own compile() */
    }
    if (code == NULL && !PyErr_Occurred()) {
        PyErr_SetNone(PyExc_TypeError);
    }
    return code;
}

static PyMethodDef rewritten_code_method = {"rewritten_code", rewritten_code,
                                            METH_VARARGS, NULL};

static PyObject *maker_of(PyObject *module, PyObject *loader)
{
    PyObject *rewrite = PyObject_GetAttrString(module, "rewrite_asserts");
    PyObject *config =
        rewrite != NULL ? PyObject_GetAttrString(loader, "config") : NULL;
    PyObject *owner = config != NULL ? PyTuple_Pack(2, rewrite, config) : NULL;
    PyObject *maker =
        owner != NULL ? PyCFunction_New(&rewritten_code_method, owner) : NULL;
    Py_XDECREF(owner);
    Py_XDECREF(config);
    Py_XDECREF(rewrite);
    return maker;
}

PyObject *hr_pytest_maker(PyObject *globals)
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), LOADER_MODULE);
    PyObject *loader = PyDict_GetItemString(globals, "__loader__");
    PyObject *type = module != NULL && loader != NULL
                         ? PyObject_GetAttrString(module, LOADER_CLASS)
                         : NULL;
    PyObject *maker = type != NULL && (PyObject *)Py_TYPE(loader) == type
                          ? maker_of(module, loader)
                          : NULL;
    PyErr_Clear();
    Py_XDECREF(type);
    return maker;
}

/* NULL, with or without an exception: the test module is not guarded. */
static PyObject *guarded_code(struct hr_state *state, PyObject *loader, PyObject *name,
                              PyObject *path)
{
    struct hr_load_notes notes = {false, false};
    PyObject *code = NULL;
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), LOADER_MODULE);
    if (module == NULL || hr_importhook_wants(state, name, path) <= 0) {
        return NULL;
    }
    PyObject *maker = maker_of(module, loader);
    hr_source *source = maker != NULL ? hr_source_read(state, path) : NULL;
    if (source != NULL) {
        code = hr_load_module_by(state, source, 0, -1, maker, &notes);
    }
    if (code != NULL && notes.warned) {
        /* The compiler's and pytest's own warnings, with the right lines; the code is
         * not needed. */
        PyObject *plain = PyObject_CallFunction(
            maker, "yOii", source->text.data != NULL ? source->text.data : "", path, 0,
            -1);
        if (plain == NULL) {
            Py_CLEAR(code);
        }
        Py_XDECREF(plain);
    }
    Py_XDECREF(source);
    Py_XDECREF(maker);
    return code;
}

/* loader._rewritten_names[name] = pathlib.Path(path), which find_spec and the
 * resources of the test's package ask for.  0, or -1 with an exception. */
static int note_name(PyObject *loader, PyObject *name, PyObject *path)
{
    PyObject *names = PyObject_GetAttrString(loader, "_rewritten_names");
    PyObject *pathlib = names != NULL ? hr_import("pathlib") : NULL;
    PyObject *object =
        pathlib != NULL ? PyObject_CallMethod(pathlib, "Path", "O", path) : NULL;
    int result = object != NULL ? PyObject_SetItem(names, name, object) : -1;
    Py_XDECREF(object);
    Py_XDECREF(pathlib);
    Py_XDECREF(names);
    return result;
}

static PyObject *exec_module(PyObject *owner, PyObject *const *args, Py_ssize_t count)
{
    struct hr_state *state = hr_state_of(owner);
    PyObject *spec = NULL, *name = NULL, *path = NULL, *code = NULL;
    if (count != 2) {
        PyErr_SetString(PyExc_TypeError, "exec_module() takes a loader and a module");
        return NULL;
    }
    spec = PyObject_GetAttrString(args[1], "__spec__");
    name = spec != NULL ? PyObject_GetAttrString(spec, "name") : NULL;
    path = name != NULL ? PyObject_GetAttrString(spec, "origin") : NULL;
    if (path != NULL && PyUnicode_Check(path) && PyUnicode_Check(name) &&
        PyModule_Check(args[1])) {
        code = guarded_code(state, args[0], name, path);
        if (code != NULL && note_name(args[0], name, path) < 0) {
            Py_CLEAR(code);
        }
    }
    Py_XDECREF(path);
    Py_XDECREF(name);
    Py_XDECREF(spec);
    if (code == NULL) {
        if (PyErr_ExceptionMatches(PyExc_MemoryError)) {
            return NULL;
        }
        /* What is wrong with the file, pytest tells in its own words. */
        PyErr_Clear();
        return PyObject_CallMethod(args[0], ORIGINAL, "O", args[1]);
    }
    /* A test module that fails as it is loaded is skipped, or an error of its own, by
     * pytest's rules: no prompt at module level. */
    PyObject *globals = PyModule_GetDict(args[1]);
    PyObject *result = hr_toplevel_add_builtins(globals) < 0
                           ? NULL
                           : PyEval_EvalCode(code, globals, globals);
    Py_DECREF(code);
    return result;
}

static PyMethodDef exec_module_method = {
    "exec_module", (PyCFunction)(void (*)(void))exec_module, METH_FASTCALL,
    "Guards the test modules that are to be guarded; leaves the others to pytest."};

static int replace(PyObject *owner, PyObject *loader)
{
    PyObject *original = PyObject_GetAttrString(loader, "exec_module");
    PyObject *function =
        original != NULL ? PyCFunction_New(&exec_module_method, owner) : NULL;
    PyObject *method = function != NULL ? PyInstanceMethod_New(function) : NULL;
    int result = method == NULL ||
                         PyObject_SetAttrString(loader, ORIGINAL, original) < 0 ||
                         PyObject_SetAttrString(loader, "exec_module", method) < 0
                     ? -1
                     : 0;
    Py_XDECREF(method);
    Py_XDECREF(function);
    Py_XDECREF(original);
    return result;
}

void hr_pytest_meet(PyObject *owner, PyObject *globals)
{
    PyObject *name = PyDict_GetItemString(globals, "__name__");
    if (name == NULL || !PyUnicode_Check(name) ||
        PyUnicode_CompareWithASCIIString(name, LOADER_MODULE) != 0) {
        return;
    }
    PyObject *loader = PyDict_GetItemString(globals, LOADER_CLASS);
    PyObject *rewrite = PyDict_GetItemString(globals, "rewrite_asserts");
    if (loader != NULL && PyType_Check(loader) && rewrite != NULL &&
        replace(owner, loader) < 0) {
        PyErr_Clear();
    }
}

bool hr_pytest_is_outcome(PyObject *exception)
{
    static const char *const names[] = {"Skipped", "XFailed", "Exit"};
    bool is = false;
    for (size_t i = 0; !is && i < sizeof names / sizeof *names; i++) {
        PyObject *outcomes =
            hr_peek_bears_name(exception, names[i])
                ? PyDict_GetItemString(PyImport_GetModuleDict(), "_pytest.outcomes")
                : NULL;
        PyObject *type =
            outcomes != NULL ? PyObject_GetAttrString(outcomes, names[i]) : NULL;
        if (type == NULL) {
            PyErr_Clear(); /* XFailed lies elsewhere */
        }
        is = type != NULL && PyErr_GivenExceptionMatches(exception, type);
        Py_XDECREF(type);
    }
    return is;
}

/* Of an instance: new reference, or NULL without an exception.  No code runs. */
static PyObject *attribute(PyObject *object, const char *text)
{
    PyObject *name = PyUnicode_FromString(text);
    PyObject *found = name != NULL ? hr_peek_attribute(object, name) : NULL;
    if (found != NULL && Py_IS_TYPE(found, &PyMemberDescr_Type)) {
        found = PyObject_GetAttr(object, name); /* a slot */
    } else {
        Py_XINCREF(found);
    }
    PyErr_Clear();
    Py_XDECREF(name);
    return found;
}

/* Whether a mark says: xfail, always, for such an exception. */
static bool mark_expects(PyObject *mark, PyObject *exception)
{
    PyObject *name = attribute(mark, "name");
    PyObject *args = attribute(mark, "args");
    PyObject *kwargs = attribute(mark, "kwargs");
    bool expects = name != NULL && PyUnicode_Check(name) &&
                   PyUnicode_CompareWithASCIIString(name, "xfail") == 0 &&
                   args != NULL && PyTuple_Check(args) && PyTuple_GET_SIZE(args) == 0 &&
                   kwargs != NULL && PyDict_Check(kwargs) &&
                   PyDict_GetItemString(kwargs, "condition") == NULL;
    PyObject *raises = expects ? PyDict_GetItemString(kwargs, "raises") : NULL;
    expects = expects && (raises == NULL || raises == Py_None ||
                          PyErr_GivenExceptionMatches(exception, raises));
    Py_XDECREF(kwargs);
    Py_XDECREF(args);
    Py_XDECREF(name);
    return expects;
}

bool hr_pytest_may_expect(const PyCodeObject *code)
{
    return PyUnicode_CompareWithASCIIString(code->co_name, "pytest_pyfunc_call") == 0;
}

bool hr_pytest_expects(const struct hr_peek_scope *scope, const PyCodeObject *code,
                       PyObject *exception)
{
    if (!hr_pytest_may_expect(code)) {
        return false;
    }
    PyObject *name = PyUnicode_FromString("pyfuncitem");
    PyObject *node = name != NULL ? hr_peek_variable(scope, name) : NULL;
    bool expects = false;
    /* The function's own marks, its class's, its module's. */
    while (node != NULL && node != Py_None && !expects) {
        PyObject *marks = attribute(node, "own_markers");
        for (Py_ssize_t i = 0; marks != NULL && PyList_Check(marks) && !expects &&
                               i < PyList_GET_SIZE(marks);
             i++) {
            expects = mark_expects(PyList_GET_ITEM(marks, i), exception);
        }
        Py_XDECREF(marks);
        Py_SETREF(node, attribute(node, "parent"));
    }
    PyErr_Clear();
    Py_XDECREF(node);
    Py_XDECREF(name);
    return expects;
}
