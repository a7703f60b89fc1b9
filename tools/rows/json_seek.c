/*
 * Seeks an array by the names that lead to it. in: bytes; out: where the array's first element is.
 *
 *     {"a":{"b":[      path "a", then "a.b": the array that was wanted
 *
 * What stands in other arrays is passed over.
 */
#include "tools/rows/json_seek.h"

#include <stdlib.h>

#include <yajl/yajl_parse.h>

#include "base/must.h"
#include "base/strbuf.h"

enum { OBJECTS_MOST = 64 };

struct json_seek {
    const char *wanted;
    yajl_handle yajl;
    struct strbuf path;
    size_t bases[OBJECTS_MOST]; /* of open objects: where their names begin in the path */
    size_t nobjects;
    uint64_t npassed; /* open brackets that are passed over, with what is in them */
    bool is_found;
};

static int
on_key(void *arg, const unsigned char *text, size_t len)
{
    struct json_seek *seek = arg;
    if (!seek->npassed) {
        seek->path.len = seek->bases[seek->nobjects - 1];
        strbuf_append(&seek->path, slice_of((const char *) text, len));
    }
    return 1;
}

static int
on_start_map(void *arg)
{
    struct json_seek *seek = arg;
    if (seek->npassed || seek->nobjects == OBJECTS_MOST) {
        seek->npassed++;
        return 1;
    }
    if (seek->nobjects) {
        strbuf_append_char(&seek->path, '.');
    }
    seek->bases[seek->nobjects++] = seek->path.len;
    return 1;
}

static int
on_start_array(void *arg)
{
    struct json_seek *seek = arg;
    seek->is_found = !seek->npassed && seek->nobjects &&
                     slice_equal(strbuf_slice(&seek->path), slice_str(seek->wanted));
    seek->npassed++;
    return !seek->is_found;
}

static int
on_end(void *arg)
{
    struct json_seek *seek = arg;
    if (seek->npassed) {
        seek->npassed--;
    } else {
        seek->nobjects--;
    }
    return 1;
}

struct json_seek *
json_seek_new(const char *path)
{
    static const yajl_callbacks events = {.yajl_start_map = on_start_map,
                                          .yajl_map_key = on_key,
                                          .yajl_end_map = on_end,
                                          .yajl_start_array = on_start_array,
                                          .yajl_end_array = on_end};
    struct json_seek *seek = must_alloc(sizeof *seek);
    seek->wanted = path;
    strbuf_init(&seek->path);
    seek->yajl = must_have(yajl_alloc(&events, NULL, seek));
    return seek;
}

void
json_seek_free(struct json_seek *seek)
{
    if (seek) {
        yajl_free(seek->yajl);
        strbuf_fini(&seek->path);
        free(seek);
    }
}

enum json_seek_status
json_seek_run(struct json_seek *seek, struct slice bytes, bool at_end, size_t *consumed,
              struct error *err)
{
    yajl_status status = yajl_parse(seek->yajl, (const unsigned char *) bytes.ptr, bytes.len);
    *consumed = yajl_get_bytes_consumed(seek->yajl);
    if (seek->is_found) {
        return JSON_SEEK_FOUND;
    }
    if (status == yajl_status_ok && !at_end) {
        *consumed = bytes.len;
        return JSON_SEEK_MORE;
    }
    char quoted[ERROR_QUOTE_BYTES];
    (void) error_set(err, "JSON", "%s before an array %s, which --rows-in names, was found",
                     status == yajl_status_ok ? "it ends" : "it is malformed",
                     error_quote(quoted, slice_str(seek->wanted)));
    return JSON_SEEK_FAILED;
}
