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

/* The next line, without its break. */
static struct slice
line_next(struct slice *text)
{
    const char *end = memchr(text->ptr, '\n', text->len);
    size_t len = end ? (size_t) (end - text->ptr) : text->len;
    struct slice line = slice_of(text->ptr, len);
    size_t taken = len + (end != NULL);
    *text = slice_of(text->ptr + taken, text->len - taken);
    return line;
}

/* Cuts at the first space. */
static struct slice
word_next(struct slice *line)
{
    const char *end = line->len ? memchr(line->ptr, ' ', line->len) : NULL;
    size_t len = end ? (size_t) (end - line->ptr) : line->len;
    struct slice word = slice_of(line->ptr, len);
    size_t taken = len + (end != NULL);
    *line = slice_of(line->ptr + taken, line->len - taken);
    return word;
}

static bool
at_parse(struct slice line, struct cursor_at *out)
{
    out->run_id = word_next(&line);
    out->cursor = word_next(&line);
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
    struct slice name = word_next(&line);
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
    if (!slice_equal(line_next(&text), slice_str(FIRST_LINE))) {
        return false;
    }
    while (text.len) {
        if (!line_parse(line_next(&text), out)) {
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
        ok = error_set(err, "CURSOR", "%s: this is no cursor file of quipu-load", path);
    }
    strbuf_fini(&text);
    return ok;
}
