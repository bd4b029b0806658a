#include "runtime/guard/cache.h"

#include <marshal.h>
#include <stdlib.h>
#include <string.h>

#include "source_digest.h"
#include "runtime/guard/origin.h"
#include "runtime/guard/rebase.h"
#include "runtime/guard/store.h"
#include "runtime/settings.h"

#define LIMIT ((size_t)128 << 20)

struct hr_cache {
    struct hr_store store;
    struct hr_digest interpreter; /* and this build */
};

static long flag_named(const char *name)
{
    PyObject *flags = PySys_GetObject("flags");
    PyObject *value = flags != NULL ? PyObject_GetAttrString(flags, name) : NULL;
    long number = value != NULL ? PyLong_AsLong(value) : 0;
    PyErr_Clear();
    Py_XDECREF(value);
    return number;
}

struct hr_cache *hr_cache_new(void)
{
    const char *size =
        flag_named("ignore_environment") ? NULL : getenv("HR_CACHE_SIZE");
    size_t limit = size != NULL && size[0] != '\0' ? strtoul(size, NULL, 10) : LIMIT;
    struct hr_cache *cache = limit > 0 ? calloc(1, sizeof *cache) : NULL;
    if (cache == NULL) {
        return NULL;
    }
    hr_store_init(&cache->store, limit);
    long optimize = flag_named("optimize");
    const char *version = Py_GetVersion();
    hr_digest_add(&cache->interpreter, version, strlen(version));
    hr_digest_add(&cache->interpreter, HR_SOURCE_DIGEST, strlen(HR_SOURCE_DIGEST));
    hr_digest_add(&cache->interpreter, &optimize, sizeof optimize);
    return cache;
}

void hr_cache_free(struct hr_cache *cache)
{
    if (cache != NULL) {
        hr_store_finish(&cache->store);
        free(cache);
    }
}

/* Programs set it, so it is asked for each time. */
static bool may_write(void)
{
    PyObject *value = PySys_GetObject("dont_write_bytecode");
    int forbidden = value != NULL ? PyObject_IsTrue(value) : 0;
    PyErr_Clear();
    return forbidden <= 0;
}

/* An entry is a byte, whether the compiler had warnings, and the code. */
static PyObject *from_entry(const char *entry, size_t size, struct hr_load_notes *notes)
{
    if (size < 2) {
        return NULL;
    }
    PyObject *code = PyMarshal_ReadObjectFromString(entry + 1, (Py_ssize_t)size - 1);
    if (code == NULL || !PyCode_Check(code)) {
        PyErr_Clear();
        Py_CLEAR(code);
        return NULL;
    }
    notes->warned = entry[0] != 0;
    return code;
}

static void keep(struct hr_cache *cache, const struct hr_digest *key,
                 const struct hr_digest *content, PyObject *code, bool warned)
{
    struct hr_bytes entry = {0};
    PyObject *data = PyMarshal_WriteObjectToString(code, Py_MARSHAL_VERSION);
    if (data != NULL) {
        hr_bytes_append_char(&entry, warned);
        hr_bytes_append(&entry, PyBytes_AS_STRING(data),
                        (size_t)PyBytes_GET_SIZE(data));
        if (!entry.failed) {
            hr_store_write(&cache->store, key, content, entry.data, entry.size);
        }
    }
    PyErr_Clear();
    hr_bytes_finish(&entry);
    Py_XDECREF(data);
}

static PyObject *load(struct hr_state *state, hr_source *source,
                      struct hr_load_notes *notes)
{
    Py_ssize_t size = 0;
    const char *path = PyUnicode_AsUTF8AndSize(source->filename, &size);
    struct hr_cache *cache = state->cache;
    PyErr_Clear(); /* a name that is no text is not worth an entry */
    if (cache == NULL || path == NULL) {
        return hr_load_module(state, source, 0, -1, notes);
    }
    struct hr_digest key = cache->interpreter;
    struct hr_digest content = {0};
    struct hr_bytes entry = {0};
    PyObject *code = NULL;
    bool counts = hr_settings_flag(state, HR_SETTING_COUNTS, true);
    hr_digest_add(&key, path, (size_t)size);
    hr_digest_add(&key, &counts, sizeof counts);
    hr_digest_add(&content, source->text.data, source->text.size);
    size_t start;
    if (hr_store_read(&cache->store, &key, &content, &entry, &start)) {
        code = from_entry(entry.data + start, entry.size - start, notes);
    }
    hr_bytes_finish(&entry);
    if (code != NULL) {
        if (hr_source_register(state, source, code) < 0) {
            Py_CLEAR(code);
        }
        return code;
    }
    code = hr_load_module(state, source, 0, -1, notes);
    if (code != NULL && !notes->remarked && may_write()) {
        keep(cache, &key, &content, code, notes->warned);
    }
    return code;
}

PyObject *hr_cache_load(struct hr_state *state, hr_source *source,
                        struct hr_load_notes *notes)
{
    PyObject *code = load(state, source, notes);
    /* inspect looks for a class in the file of its module, which is the copy. */
    if (code != NULL && source->in_copy.count > 0 &&
        hr_rebase_classes((PyCodeObject *)code, hr_origin_copy_line, source) < 0) {
        Py_CLEAR(code);
    }
    return code;
}
