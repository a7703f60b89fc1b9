/*
 * Serves the page's files. in: a path; out: the file, or 304 if the browser has it.
 *
 *     GET /               -> index.html
 *     GET /page/app.js    -> app.js
 *
 * A file's ETag is its hash, so a browser that has it asks whether it is the same, and is told in
 * one line.
 */
#include "server/http/asset.h"

#include "base/password.h"
#include "server/http/handlers.h"

const char *
asset_type(struct slice name)
{
    static const struct {
        const char *ending, *type;
    } TYPES[] = {{".html", "text/html; charset=utf-8"},
                 {".css", "text/css; charset=utf-8"},
                 {".js", "text/javascript; charset=utf-8"},
                 {".json", "application/json"},
                 {".svg", "image/svg+xml"},
                 {".png", "image/png"}};
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        if (slice_ends_nocase(name, slice_str(TYPES[i].ending))) {
            return TYPES[i].type;
        }
    }
    return "application/octet-stream";
}

const struct page_file *
asset_find(struct slice name)
{
    for (const struct page_file *file = page_files(); file->name; file++) {
        if (slice_equal(name, slice_str(file->name))) {
            return file;
        }
    }
    return NULL;
}

/* `"3fa9..."`, 16 digits of the file's SHA-256. */
static void
etag_print(struct slice bytes, struct strbuf *out)
{
    enum { DIGITS = 16 };
    struct password_hash hash;
    password_hash(bytes, &hash);
    strbuf_append_char(out, '"');
    password_print(&hash, out);
    out->len = 1 + DIGITS;
    strbuf_append_char(out, '"');
}

/* If-None-Match: a list of tags, or `*`. */
static bool
has_tag(struct slice tags, struct slice tag)
{
    return tags.ptr && (slice_equal(tags, slice_lit("*")) ||
                        memmem(tags.ptr, tags.len, tag.ptr, tag.len) != NULL);
}

void
asset_run(struct exchange *exchange)
{
    const struct http_request *request = exchange_request(exchange);
    struct slice folder = slice_lit("/page/"), name = slice_lit("index.html");
    if (slice_starts_with(request->path, folder)) {
        name = slice_of(request->path.ptr + folder.len, request->path.len - folder.len);
    }
    const struct page_file *file = asset_find(name);
    if (!file) {
        struct error err = {0};
        (void) error_set(&err, "ERR", "there is nothing of that name");
        exchange_fail_status(exchange, 404, &err);
        return;
    }
    struct slice bytes = slice_of(file->from, (size_t) (file->end - file->from));
    struct strbuf etag;
    strbuf_init(&etag);
    etag_print(bytes, &etag);
    bool is_known = has_tag(request->if_none_match, strbuf_slice(&etag));
    exchange_answer(exchange, &(struct exchange_answer){.status = is_known ? 304 : 200,
                                                        .type = asset_type(name),
                                                        .body = bytes,
                                                        .etag = etag.ptr});
    strbuf_fini(&etag);
}
