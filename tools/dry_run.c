/*
 * quipu-load --dry-run. in: a source; out: a page on standard output.
 *
 *     read as      CSV: ';', decimal comma, ISO-8859-1
 *     rows         1,204; the key is in 'id'
 *
 *     field        kind      filled  values
 *     id           number     1,204  1, 2, 3
 *     Größe        number     1,180  1.82, 1.75, 1.9
 *
 *     first rows
 *     id           1          2          3
 *     Größe        1.82       1.75
 */
#include "tools/dry_run.h"

#include <stdio.h>

#include "base/width.h"
#include "tools/key_set.h"
#include "tools/progress.h"
#include "tools/rows/tally.h"

enum { FIRST_ROWS = 4, NAME_CELLS_MOST = 24, VALUE_CELLS = 14 };

struct page {
    struct source *source;
    struct arena *arena;
    struct tally *tally;
    struct key_set *keys;
    struct slice *rows[FIRST_ROWS];
    size_t row_ncells[FIRST_ROWS];
    uint64_t nrows, nmalformed, nagain;
    size_t key_column; /* SIZE_MAX: none */
};

static void
keep_row(struct page *page, const struct source_record *record)
{
    struct slice *cells = arena_array(page->arena, record->ncells, sizeof *cells);
    for (size_t i = 0; i < record->ncells; i++) {
        cells[i] = arena_copy(page->arena, record->cells[i]);
    }
    page->rows[page->nrows] = cells;
    page->row_ncells[page->nrows] = record->ncells;
}

static bool
read_all(struct page *page, bool skip_errors, struct error *err)
{
    for (;;) {
        struct source_record record;
        struct error bad;
        error_clear(&bad);
        enum source_status status = source_next(page->source, &record, &bad);
        if (status == SOURCE_END) {
            return true;
        }
        if (status == SOURCE_BAD && skip_errors) {
            page->nmalformed++;
            continue;
        }
        if (status != SOURCE_OK) {
            *err = bad;
            return false;
        }
        size_t nfields;
        const struct source_field *fields = source_fields(page->source, &nfields);
        tally_add(page->tally, fields, nfields, &record);
        if (page->key_column != SIZE_MAX) {
            page->nagain += key_set_add(page->keys, record.cells[page->key_column]) == KEY_SEEN;
        }
        if (page->nrows < FIRST_ROWS) {
            keep_row(page, &record);
        }
        page->nrows++;
    }
}

static void
print_rows_line(const struct page *page, const char *key_field)
{
    char count[PROGRESS_COUNT_BYTES];
    printf("rows         %s", progress_count(count, page->nrows));
    if (page->nmalformed) {
        printf(", and %s malformed", progress_count(count, page->nmalformed));
    }
    if (page->key_column == SIZE_MAX) {
        puts("; without a key: they are numbered");
    } else {
        printf("; the key is in '%s'", key_field);
        if (page->nagain) {
            printf(", where %s %s the key of an earlier one", progress_count(count, page->nagain),
                   page->nagain == 1 ? "row has" : "rows have");
        }
        putchar('\n');
    }
}

static size_t
names_width(const struct source_field *fields, size_t nfields)
{
    size_t width = 12;
    for (size_t i = 0; i < nfields; i++) {
        size_t n = width_of(fields[i].name);
        n = n > NAME_CELLS_MOST ? NAME_CELLS_MOST : n;
        width = n > width ? n : width;
    }
    return width;
}

static void
print_fields(const struct page *page, struct strbuf *line)
{
    size_t nfields;
    const struct source_field *fields = source_fields(page->source, &nfields);
    size_t width = names_width(fields, nfields);
    printf("\n%-*s  %-22s %12s  %s\n", (int) width, "field", "kind", "filled", "values");
    for (size_t i = 0; page->nrows && i < nfields; i++) {
        char count[PROGRESS_COUNT_BYTES];
        strbuf_clear(line);
        width_fit(line, fields[i].name, width, WIDTH_LEFT);
        strbuf_append_str(line, "  ");
        size_t start = line->len;
        tally_kind(page->tally, i, line);
        strbuf_printf(line, "%*s %12s  ",
                      line->len - start < 22 ? (int) (22 - (line->len - start)) : 0, "",
                      progress_count(count, tally_filled(page->tally, i)));
        struct strbuf values;
        strbuf_init(&values);
        tally_examples(page->tally, i, &values);
        width_append(line, strbuf_slice(&values));
        strbuf_fini(&values);
        printf("%.*s\n", SLICE_ARG(strbuf_slice(line)));
    }
    printf("\nfirst rows\n");
    for (size_t i = 0; i < nfields; i++) {
        strbuf_clear(line);
        width_fit(line, fields[i].name, width, WIDTH_LEFT);
        for (size_t row = 0; row < FIRST_ROWS && row < page->nrows; row++) {
            struct slice cell = i < page->row_ncells[row] ? page->rows[row][i] : slice_lit("");
            strbuf_append_str(line, "  ");
            width_fit(line, cell, VALUE_CELLS, WIDTH_LEFT);
        }
        while (line->len && line->ptr[line->len - 1] == ' ') {
            line->len--;
        }
        printf("%.*s\n", SLICE_ARG(strbuf_slice(line)));
    }
}

static void
print_notes(const struct page *page, struct strbuf *line)
{
    strbuf_clear(line);
    source_notes(page->source, line);
    source_summary(page->source, line);
    tally_notes(page->tally, page->source, line);
    if (line->len) {
        printf("\n%.*s", SLICE_ARG(strbuf_slice(line)));
    }
}

bool
dry_run(struct source *source, const char *key_field, bool skip_errors, struct error *err)
{
    struct page page = {.source = source,
                        .arena = arena_new(),
                        .tally = tally_new(true),
                        .keys = key_set_new(),
                        .key_column = SIZE_MAX};
    size_t nfields;
    const struct source_field *fields = source_fields(source, &nfields);
    for (size_t i = 0; key_field && i < nfields; i++) {
        if (slice_equal(fields[i].name, slice_str(key_field))) {
            page.key_column = i;
        }
    }
    bool ok = read_all(&page, skip_errors, err);
    if (ok) {
        struct strbuf line;
        strbuf_init(&line);
        source_read_as(source, &line);
        printf("read as      %.*s\n", SLICE_ARG(strbuf_slice(&line)));
        print_rows_line(&page, key_field);
        print_fields(&page, &line);
        print_notes(&page, &line);
        strbuf_fini(&line);
    }
    key_set_free(page.keys);
    tally_free(page.tally);
    arena_free(page.arena);
    return ok;
}
