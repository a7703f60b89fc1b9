/*
 * Names of columns. in: a header's cells, as they stand; out: fields with names that differ.
 *
 * R and pandas leave the name of the first column empty, where they put the rows' own names: it is
 * `row`. Other columns without a name are called by their number, and a name that comes again gets
 * a number behind it.
 */
#include "tools/rows/header.h"

#include "base/map.h"

static void
note_name(struct strbuf *notes, size_t column, const char *why, struct slice name)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (!notes) {
        return;
    }
    strbuf_printf(notes, "column %zu %s: it is taken as %s\n", column + 1, why,
                  error_quote(quoted, name));
}

/* The name, or with a number behind it: the first that nobody has. */
static struct slice
free_name(struct arena *arena, struct map *taken, struct slice name)
{
    struct slice tried = name;
    bool is_new;
    for (int n = 2; (void) map_add(taken, tried, &is_new), !is_new; n++) {
        tried = arena_printf(arena, "%.*s_%d", SLICE_ARG(name), n);
    }
    return tried;
}

struct source_field *
header_fields(struct arena *arena, const struct slice *names, size_t nnames, bool is_short,
              size_t ncolumns, struct strbuf *notes)
{
    struct source_field *fields = arena_array(arena, ncolumns, sizeof *fields);
    struct map taken;
    map_init(&taken, arena);
    /* Names that stand there are taken first: no invented name is one of them. */
    for (size_t i = 0; i < ncolumns; i++) {
        size_t at = i - is_short;
        bool has_name = i >= is_short && at < nnames && names[at].len;
        bool is_new = false;
        if (has_name) {
            fields[i].name = arena_copy(arena, names[at]);
            (void) map_add(&taken, fields[i].name, &is_new);
        }
        if (!is_new && has_name) {
            fields[i].label = fields[i].name; /* for a moment: the name that is another's */
            fields[i].name = slice_lit("");
        }
    }
    for (size_t i = 0; i < ncolumns; i++) {
        struct slice wanted = fields[i].label;
        if (fields[i].name.len) {
            continue;
        }
        bool is_again = wanted.len > 0;
        if (!is_again) {
            wanted = i == 0 && nnames ? slice_lit("row") : arena_printf(arena, "column_%zu", i + 1);
        }
        fields[i].name = free_name(arena, &taken, wanted);
        fields[i].label = slice_lit("");
        note_name(notes, i, is_again ? "has the name of another one" : "has no name",
                  fields[i].name);
    }
    return fields;
}
