/*
 * The file that remembers how far a copy is.
 * in: what is acknowledged; out: a file, and the same read back.
 */
#include "tools/cursor_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strbuf.h"

static const char FIRST_LINE[] = "quipu-load cursor 1";

static void
file_print(const struct cursor_file *file, struct strbuf *out)
{
    strbuf_printf(out, "%s\nfrom %.*s\nmatch %.*s\ndataset %.*s\nlayout %.*s\ncopied %lld\n",
                  FIRST_LINE, SLICE_ARG(file->from), SLICE_ARG(file->match),
                  SLICE_ARG(file->dataset), SLICE_ARG(file->layout), (long long) file->copied);
    for (size_t i = 0; i < file->nat; i++) {
        const struct cursor_at *at = &file->at[i];
        strbuf_printf(out, "at %.*s ", SLICE_ARG(at->run_id));
        strbuf_append(out, at->is_end ? slice_lit("end") : at->cursor);
        strbuf_printf(out, " %.*s\n", SLICE_ARG(at->address));
    }
}

bool
cursor_file_save(const char *path, const struct cursor_file *file, struct error *err)
{
    struct strbuf text, beside;
    strbuf_init(&text);
    strbuf_init(&beside);
    file_print(file, &text);
    strbuf_printf(&beside, "%s.new", path);
    FILE *stream = fopen(beside.ptr, "we");
    bool ok = stream && fwrite(text.ptr, 1, text.len, stream) == text.len && fflush(stream) == 0 &&
              fsync(fileno(stream)) == 0;
    int cause = errno;
    if (stream) {
        fclose(stream);
    }
    if (!ok || rename(beside.ptr, path) != 0) {
        ok = error_set(err, "IO", "%s: %s", path, strerror(ok ? errno : cause));
    }
    strbuf_fini(&text);
    strbuf_fini(&beside);
    return ok;
}

static bool
at_parse(struct slice line, struct cursor_at *out)
{
    out->run_id = slice_shift(&line, ' ');
    out->cursor = slice_shift(&line, ' ');
    out->address = line;
    out->is_end = slice_equal(out->cursor, slice_lit("end"));
    for (size_t i = 0; !out->is_end && i < out->cursor.len; i++) {
        if (out->cursor.ptr[i] < '0' || out->cursor.ptr[i] > '9') {
            return false;
        }
    }
    return out->run_id.len > 0 && out->cursor.len > 0 && out->address.len > 0;
}

static bool
line_parse(struct slice line, struct cursor_file *file)
{
    const struct {
        const char *name;
        struct slice *value;
    } texts[] = {{"from", &file->from},
                 {"match", &file->match},
                 {"dataset", &file->dataset},
                 {"layout", &file->layout}};
    struct slice name = slice_shift(&line, ' ');
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (slice_equal(name, slice_str(texts[i].name))) {
            *texts[i].value = line;
            return true;
        }
    }
    if (slice_equal(name, slice_lit("copied"))) {
        return slice_to_int64(line, &file->copied);
    }
    return slice_equal(name, slice_lit("at")) && at_parse(line, &file->at[file->nat++]);
}

static bool
text_parse(struct arena *arena, struct slice text, struct cursor_file *out)
{
    size_t nlines = 1;
    for (size_t i = 0; i < text.len; i++) {
        nlines += text.ptr[i] == '\n';
    }
    *out = (struct cursor_file){.at = arena_array(arena, nlines, sizeof *out->at)};
    if (!slice_equal(slice_shift(&text, '\n'), slice_str(FIRST_LINE))) {
        return false;
    }
    while (text.len) {
        if (!line_parse(slice_shift(&text, '\n'), out)) {
            return false;
        }
    }
    return out->from.len > 0;
}

bool
cursor_file_load(struct arena *arena, const char *path, struct cursor_file *out, bool *found,
                 struct error *err)
{
    enum { PIECE_BYTES = 4096 };
    FILE *stream = fopen(path, "re");
    *found = stream != NULL;
    if (!stream) {
        return errno == ENOENT || error_set(err, "IO", "%s: %s", path, strerror(errno));
    }
    struct strbuf text;
    strbuf_init(&text);
    size_t n;
    do {
        n = fread(strbuf_reserve(&text, PIECE_BYTES), 1, PIECE_BYTES, stream);
        text.len += n;
    } while (n > 0);
    bool ok = !ferror(stream) || error_set(err, "IO", "%s: %s", path, strerror(errno));
    fclose(stream);
    if (ok && !text_parse(arena, arena_copy(arena, strbuf_slice(&text)), out)) {
        ok = error_set(err, "CURSOR", "%s: this is not a cursor file of quipu-load", path);
    }
    strbuf_fini(&text);
    return ok;
}
