/*
 * Writes rows that were asked for. in: rows with their texts; out: calls of a sink, or one text.
 *
 *     rows     {"profile_1", "female", "31"}        of all fields {"profile_1", "age", "31", "sex", "female"}
 *     csv      row,sex,age
 *     json     {"dataset":"current","fields":["sex","age"],"rows":[["profile_1","female","31"]],"warnings":[]}
 *     table    row        sex     age
 *              ---------  ------  ---
 *              profile_1  female   31
 *
 * A text of all fields has a column for each field that any of its rows has. Missing is null in
 * rows and json, nothing in csv (where text without bytes is ""), and `.` in a table.
 */
#include "answer/listing.h"

#include <stdlib.h>

#include "answer/format_csv.h"
#include "answer/listing_json.h"
#include "base/map.h"
#include "base/number.h"
#include "base/width.h"

/* ---- Format rows ---- */

void
format_listing(struct sink *sink, const struct listing *listing)
{
    if (listing->format != AST_FORMAT_ROWS) {
        sink->ops->verbatim(sink, "txt", listing->text);
        return;
    }
    if (listing->is_first) {
        sink->ops->array(sink, listing->total);
    }
    for (size_t i = 0; i < listing->nrows; i++) {
        const struct listed_row *row = &listing->rows[i];
        sink->ops->array(sink, 1 + row->ntexts);
        sink->ops->text(sink, row->name);
        for (size_t t = 0; t < row->ntexts; t++) {
            if (row->texts[t].ptr) {
                sink->ops->text(sink, row->texts[t]);
            } else {
                sink->ops->null(sink);
            }
        }
    }
}

/* ---- Texts ---- */

enum { WIDEST = 24 };

enum text_state { TEXT_FIELDS, TEXT_HEAD, TEXT_ROWS, TEXT_OVER };

struct column {
    struct slice field;
    size_t width;
    bool is_text; /* some value is no numeral */
};

struct listing_text {
    struct arena *arena;
    const struct listing *listing;
    struct strbuf *out;
    enum text_state state;
    struct map known;       /* field: its column */
    struct column *columns; /* without the row's name */
    size_t ncolumns, capacity;
    size_t name_width;
    size_t at;           /* the next row */
    struct slice *texts; /* of the row at hand, by column */
    struct document_json json;
};

static void
column_add(struct listing_text *text, struct slice field)
{
    text->columns = arena_room(text->arena, text->columns, text->ncolumns, &text->capacity,
                               sizeof *text->columns);
    text->columns[text->ncolumns++] = (struct column){.field = field, .width = width_of(field)};
}

struct listing_text *
listing_text_new(struct arena *arena, const struct listing *listing, struct strbuf *out)
{
    struct listing_text *text = arena_alloc(arena, sizeof *text);
    *text = (struct listing_text){.arena = arena,
                                  .listing = listing,
                                  .out = out,
                                  .name_width = sizeof "row" - 1,
                                  .json = document_json_to(out)};
    map_init(&text->known, arena);
    for (size_t i = 0; i < listing->nfields; i++) {
        column_add(text, listing->fields[i]);
    }
    return text;
}

void
listing_text_fini(struct listing_text *text)
{
    document_json_fini(&text->json);
}

static void
widen(size_t *width, struct slice text)
{
    size_t own = width_of(text);
    own = own < WIDEST ? own : WIDEST;
    *width = own > *width ? own : *width;
}

/* ---- Which columns there are ---- */

static void
look_at_row(struct listing_text *text, const struct listed_row *row)
{
    bool is_all = text->listing->nfields == 0;
    widen(&text->name_width, row->name);
    for (size_t i = 0; i < row->ntexts; i += 1 + is_all) {
        size_t c = i;
        if (is_all) {
            bool is_new;
            size_t *known = map_add(&text->known, row->texts[i], &is_new);
            if (is_new) {
                *known = text->ncolumns;
                column_add(text, row->texts[i]);
            }
            c = *known;
        }
        struct slice value = row->texts[i + is_all];
        if (value.ptr) {
            widen(&text->columns[c].width, value);
            text->columns[c].is_text = text->columns[c].is_text || !number_is_numeral(value);
        }
    }
}

static int
by_field(const void *a, const void *b)
{
    const struct column *one = a, *other = b;
    return slice_compare(one->field, other->field);
}

static void
columns_end(struct listing_text *text)
{
    if (text->listing->nfields == 0 && text->ncolumns) {
        qsort(text->columns, text->ncolumns, sizeof *text->columns, by_field);
    }
    for (size_t c = 0; text->listing->nfields == 0 && c < text->ncolumns; c++) {
        *map_find(&text->known, text->columns[c].field) = c;
    }
    text->texts = arena_array(text->arena, text->ncolumns, sizeof *text->texts);
}

/* The row's texts by column. */
static const struct slice *
row_texts(struct listing_text *text, const struct listed_row *row)
{
    if (text->listing->nfields) {
        return row->texts;
    }
    for (size_t c = 0; c < text->ncolumns; c++) {
        text->texts[c] = (struct slice){0};
    }
    for (size_t i = 0; i < row->ntexts; i += 2) {
        text->texts[*map_find(&text->known, row->texts[i])] = row->texts[i + 1];
    }
    return text->texts;
}

/* ---- CSV ---- */

static void
csv_head(struct listing_text *text)
{
    struct slice *names = arena_array(text->arena, 1 + text->ncolumns, sizeof *names);
    names[0] = slice_lit("row");
    for (size_t c = 0; c < text->ncolumns; c++) {
        names[1 + c] = text->columns[c].field;
    }
    format_csv_record(text->out, names, 1 + text->ncolumns);
}

static void
csv_row(struct listing_text *text, struct slice name, const struct slice *texts)
{
    format_csv_field(text->out, name);
    if (text->ncolumns) {
        strbuf_append_char(text->out, ',');
    }
    format_csv_record(text->out, texts, text->ncolumns);
}

/* ---- JSON ---- */

static void
json_head(struct listing_text *text)
{
    struct slice *names = arena_array(text->arena, text->ncolumns, sizeof *names);
    for (size_t c = 0; c < text->ncolumns; c++) {
        names[c] = text->columns[c].field;
    }
    listing_json_head(&text->json, text->listing->dataset, names, text->ncolumns);
}

/* ---- Table ---- */

static void
place_write(struct listing_text *text, size_t c, struct slice shown)
{
    const struct column *column = &text->columns[c];
    size_t before = text->out->len;
    strbuf_append_str(text->out, "  ");
    if (column->is_text && c + 1 == text->ncolumns) { /* no blanks at the end of a line */
        size_t width = width_of(shown);
        width_fit(text->out, shown, width < WIDEST ? width : WIDEST, WIDTH_LEFT);
    } else {
        width_fit(text->out, shown, column->width, column->is_text ? WIDTH_LEFT : WIDTH_RIGHT);
    }
    if (text->out->len == before + 2) { /* nor two for a text of none */
        text->out->len = before;
    }
}

static void
name_write(struct listing_text *text, struct slice name)
{
    size_t width = width_of(name);
    width = width < text->name_width ? width : text->name_width;
    width_fit(text->out, name, text->ncolumns ? text->name_width : width, WIDTH_LEFT);
}

static void
table_head(struct listing_text *text)
{
    name_write(text, slice_lit("row"));
    for (size_t c = 0; c < text->ncolumns; c++) {
        text->columns[c].width = text->columns[c].width < WIDEST ? text->columns[c].width : WIDEST;
        place_write(text, c, text->columns[c].field);
    }
    strbuf_append_char(text->out, '\n');
    for (size_t c = 0; c <= text->ncolumns; c++) {
        size_t width = c ? text->columns[c - 1].width : text->name_width;
        strbuf_append_str(text->out, c ? "  " : "");
        for (size_t i = 0; i < width; i++) {
            strbuf_append_char(text->out, '-');
        }
    }
    strbuf_append_char(text->out, '\n');
}

static void
table_row(struct listing_text *text, struct slice name, const struct slice *texts)
{
    name_write(text, name);
    for (size_t c = 0; c < text->ncolumns; c++) {
        place_write(text, c, texts[c].ptr ? texts[c] : slice_lit("."));
    }
    strbuf_append_char(text->out, '\n');
}

static void
table_end(struct listing_text *text)
{
    for (size_t i = 0; i < text->listing->nwarnings; i++) {
        strbuf_append_str(text->out, "warning: ");
        width_append(text->out, text->listing->warnings[i]);
        strbuf_append_char(text->out, '\n');
    }
}

/* ---- Steps ---- */

static void
head_write(struct listing_text *text)
{
    columns_end(text);
    switch (text->listing->format) {
    case AST_FORMAT_JSON: json_head(text); break;
    case AST_FORMAT_CSV: csv_head(text); break;
    case AST_FORMAT_TABLE: table_head(text); break;
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED:
    case AST_FORMAT_ROWS:
    case AST_FORMAT_MAP:
    case AST_FORMAT_MARKDOWN: break; /* ROWS does not have them as a text */
    }
}

static void
row_write(struct listing_text *text, const struct listed_row *row)
{
    const struct slice *texts = row_texts(text, row);
    switch (text->listing->format) {
    case AST_FORMAT_JSON: listing_json_row(&text->json, row->name, texts, text->ncolumns); break;
    case AST_FORMAT_CSV: csv_row(text, row->name, texts); break;
    case AST_FORMAT_TABLE: table_row(text, row->name, texts); break;
    case AST_FORMAT_DEFAULT:
    case AST_FORMAT_NESTED:
    case AST_FORMAT_ROWS:
    case AST_FORMAT_MAP:
    case AST_FORMAT_MARKDOWN: break;
    }
}

bool
listing_text_step(struct listing_text *text, size_t nrows)
{
    const struct listing *listing = text->listing;
    size_t left = listing->nrows - text->at, n = nrows < left ? nrows : left;
    switch (text->state) {
    case TEXT_FIELDS:
        for (; n; n--) {
            look_at_row(text, &listing->rows[text->at++]);
        }
        text->state = text->at == listing->nrows ? TEXT_HEAD : TEXT_FIELDS;
        return false;
    case TEXT_HEAD:
        head_write(text);
        text->at = 0;
        text->state = TEXT_ROWS;
        return false;
    case TEXT_ROWS:
        for (; n; n--) {
            row_write(text, &listing->rows[text->at++]);
        }
        if (text->at < listing->nrows) {
            return false;
        }
        if (listing->format == AST_FORMAT_JSON) {
            listing_json_end(&text->json, listing->warnings, listing->nwarnings);
        } else if (listing->format == AST_FORMAT_TABLE) {
            table_end(text);
        }
        text->state = TEXT_OVER;
        return true;
    case TEXT_OVER: break;
    }
    return true;
}
