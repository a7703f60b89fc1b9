/*
 * Completes paths. in: the beginning of a path; out: the files and directories that begin so.
 *
 * Example: `\load data/su` reads the directory data/ for names that begin with "su". Hidden files are
 * offered once their dot is typed.
 */
#include "tools/shell/complete_path.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "base/words.h"

enum { FILES_MOST = 1000 };

static bool
is_directory(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* A path as it is typed. A directory's closing quote is yet to come. */
static struct slice
path_text(struct arena *arena, struct slice path, bool is_word, bool is_open)
{
    struct strbuf text;
    strbuf_init(&text);
    strbuf_append(&text, path);
    if (is_open) {
        strbuf_append_char(&text, '/');
    }
    struct slice plain = arena_copy(arena, strbuf_slice(&text));
    if (is_word) {
        strbuf_clear(&text);
        words_append_quoted(&text, plain);
        text.len -= is_open && text.len && text.ptr[text.len - 1] == '"';
        plain = arena_copy(arena, strbuf_slice(&text));
    }
    strbuf_fini(&text);
    return plain;
}

static int
compare_texts(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *) a, *(const struct slice *) b);
}

void
complete_path(struct arena *arena, struct slice typed, bool is_word, struct choices *out)
{
    if (is_word && typed.len && typed.ptr[0] == '"') {
        typed = slice_of(typed.ptr + 1, typed.len - 1);
    }
    const char *slash = typed.len ? memrchr(typed.ptr, '/', typed.len) : NULL;
    struct slice place = slice_of(typed.ptr, slash ? (size_t) (slash + 1 - typed.ptr) : 0);
    struct slice begun = slice_of(typed.ptr + place.len, typed.len - place.len);
    DIR *directory = opendir(place.len ? arena_copy(arena, place).ptr : ".");
    const struct dirent *entry;
    while (directory && out->n < FILES_MOST && (entry = readdir(directory))) {
        struct slice name = slice_str(entry->d_name);
        bool is_hidden = name.ptr[0] == '.' && begun.len == 0;
        if (is_hidden || !slice_starts_with(name, begun) || slice_equal(name, slice_lit(".")) ||
            slice_equal(name, slice_lit(".."))) {
            continue;
        }
        struct slice path = arena_printf(arena, "%.*s%s", SLICE_ARG(place), entry->d_name);
        out->is_open = is_directory(path.ptr);
        choices_add(arena, out, path_text(arena, path, is_word, out->is_open));
    }
    if (directory) {
        closedir(directory);
    }
    if (out->n) {
        qsort(out->texts, out->n, sizeof *out->texts, compare_texts);
    }
    out->is_open &= out->n == 1;
}
