/*
 * The file in which a node notes its datasets, for its next start. in: names and prefixes; out:
 * bytes in a file, and back.
 *
 * Example: {current, profile_} is "quipu datasets 1\n2\n7\ncurrent8\nprofile_". Loading checks
 * everything first: each length must fit into the rest of the file.
 */
#include "module/definitions_file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BYTES_MOST = 1 << 20, PATH_BYTES = 512 };

static const char HEADER[] = "quipu datasets 1\n";

void
definitions_file_print(const struct slice *words, size_t nwords, struct strbuf *out)
{
    strbuf_printf(out, "%s%zu\n", HEADER, nwords);
    for (size_t i = 0; i < nwords; i++) {
        strbuf_printf(out, "%zu\n", words[i].len);
        strbuf_append(out, words[i]);
    }
}

/* Takes a number and its line's end, "17\n", off the text. */
static bool
number_take(struct slice *text, size_t *out)
{
    const char *end = text->len ? memchr(text->ptr, '\n', text->len) : NULL;
    int64_t n;
    if (!end || !slice_to_int64(slice_of(text->ptr, (size_t) (end - text->ptr)), &n) || n < 0 ||
        n > BYTES_MOST) {
        return false;
    }
    *out = (size_t) n;
    size_t taken = (size_t) (end - text->ptr) + 1;
    *text = slice_of(text->ptr + taken, text->len - taken);
    return true;
}

bool
definitions_file_parse(struct arena *arena, struct slice text, struct slice **words, size_t *nwords)
{
    const struct slice header = slice_str(HEADER);
    if (!slice_starts_with(text, header)) {
        return false;
    }
    text = slice_of(text.ptr + header.len, text.len - header.len);
    if (!number_take(&text, nwords) || *nwords % 2 || *nwords > text.len) {
        return false;
    }
    *words = arena_array(arena, *nwords, sizeof **words);
    for (size_t i = 0; i < *nwords; i++) {
        size_t len;
        if (!number_take(&text, &len) || len > text.len) {
            return false;
        }
        (*words)[i] = arena_copy(arena, slice_of(text.ptr, len));
        text = slice_of(text.ptr + len, text.len - len);
    }
    return text.len == 0;
}

bool
definitions_file_write(const char *path, struct slice text)
{
    char other[PATH_BYTES];
    if (snprintf(other, sizeof other, "%s.%d.tmp", path, (int) getpid()) >= (int) sizeof other) {
        return false;
    }
    FILE *file = fopen(other, "we");
    if (!file) {
        return false;
    }
    bool ok = fwrite(text.ptr, 1, text.len, file) == text.len;
    ok = fclose(file) == 0 && ok;
    if (!ok || rename(other, path) != 0) {
        unlink(other);
        return false;
    }
    return true;
}

void
definitions_file_read(const char *path, struct strbuf *out)
{
    char piece[4096];
    size_t n;
    FILE *file = fopen(path, "re");
    strbuf_clear(out);
    while (file && (n = fread(piece, 1, sizeof piece, file)) > 0 && out->len <= BYTES_MOST) {
        strbuf_append(out, slice_of(piece, n));
    }
    if (file) {
        fclose(file);
    }
    if (out->len > BYTES_MOST) {
        strbuf_clear(out);
    }
}
