/*
 * Writes a description as a map, as json, or as a table to be read. in: a description; out: the
 * sink's calls.
 *
 *     map      {"sex": {"kind": "text", "values": 2, "exact": true, "rows": 3, "least": "female", ...}}
 *
 *     table    field  kind  values  rows  least   greatest  most frequent  bytes
 *              -----  ----  ------  ----  ------  --------  -------------  -----
 *              sex    text       2     3  female  male      female          1204
 *
 * In a table `*` is what is hidden, `.` what is not known, and `1000+` is 1000 values or more: so it is
 * also where values that few rows have are hidden, whether there are any or not. Labels of fields are
 * shown where there are some: a member `label` of the field, a last column of the table.
 */
#include "answer/description.h"
#include "answer/document_json.h"
#include "answer/document_sink.h"
#include "base/width.h"

/* -- map and json ------------------------------------------------------------------------------ */

/* Null where it would tell whether a value is hidden. */
static void
exact_write(struct document *doc, enum described_values values_are)
{
    switch (values_are) {
    case VALUES_EXACT: document_truth(doc, true); return;
    case VALUES_AT_LEAST: document_truth(doc, false); return;
    case VALUES_SEEN: document_null(doc); return;
    }
}

static void
field_write(struct document *doc, const struct described_field *field)
{
    enum { NMEMBERS = 8 };
    doc->ops->key(doc, field->name);
    document_map(doc, NMEMBERS + (field->label.ptr != NULL));
    document_key(doc, "kind");
    document_text(doc, field->kind);
    document_key(doc, "values");
    document_number(doc, field->values);
    document_key(doc, "exact");
    exact_write(doc, field->values_are);
    document_key(doc, "rows");
    document_number(doc, field->rows);
    document_key(doc, "least");
    document_text(doc, field->least);
    document_key(doc, "greatest");
    document_text(doc, field->greatest);
    document_key(doc, "most_frequent");
    document_text(doc, field->most_frequent);
    document_key(doc, "bytes");
    document_number(doc, field->bytes);
    if (field->label.ptr) {
        document_key(doc, "label");
        document_text(doc, field->label);
    }
    document_end(doc);
}

static void
document_write(struct document *doc, const struct description *description)
{
    document_map(doc, description->nfields);
    for (size_t i = 0; i < description->nfields; i++) {
        field_write(doc, &description->fields[i]);
    }
    document_end(doc);
}

static void
json_write(struct strbuf *out, const struct description *description)
{
    struct document_json json = document_json_to(out);
    document_write(&json.document, description);
    document_json_fini(&json);
}

/* -- table ------------------------------------------------------------------------------------- */

enum { NCOLUMNS = 9, LABEL_COLUMN = NCOLUMNS - 1, WIDEST = 24, WIDEST_LABEL = 60 };

static const struct {
    const char *head;
    enum width_side side;
} COLUMNS[NCOLUMNS] = {
    {"field", WIDTH_LEFT},         {"kind", WIDTH_LEFT},   {"values", WIDTH_RIGHT},
    {"rows", WIDTH_RIGHT},         {"least", WIDTH_LEFT},  {"greatest", WIDTH_LEFT},
    {"most frequent", WIDTH_LEFT}, {"bytes", WIDTH_RIGHT}, {"label", WIDTH_LEFT},
};

static void
number_text(struct strbuf *out, struct number number, bool has_more)
{
    if (number.kind == NUMBER_INTEGER) {
        strbuf_append_int(out, number.integer);
        strbuf_append_str(out, has_more ? "+" : "");
    } else {
        strbuf_append_char(out, number.kind == NUMBER_HIDDEN ? '*' : '.');
    }
}

/* The text of one place; numbers are written into the buffer. */
static struct slice
place_text(const struct described_field *field, size_t column, struct strbuf *buffer)
{
    struct slice text = {0};
    strbuf_clear(buffer);
    switch (column) {
    case 0: text = field->name; break;
    case 1: text = field->kind; break;
    case 2:
        number_text(buffer, field->values, field->values_are != VALUES_EXACT);
        return strbuf_slice(buffer);
    case 3: number_text(buffer, field->rows, false); return strbuf_slice(buffer);
    case 4: text = field->least; break;
    case 5: text = field->greatest; break;
    case 6: text = field->most_frequent; break;
    case 7: number_text(buffer, field->bytes, false); return strbuf_slice(buffer);
    case LABEL_COLUMN: return field->label;
    }
    return text.ptr ? text : slice_lit(".");
}

/* Without labels, their column is not there. */
static size_t
columns_count(const struct description *description)
{
    for (size_t i = 0; i < description->nfields; i++) {
        if (description->fields[i].label.ptr) {
            return NCOLUMNS;
        }
    }
    return LABEL_COLUMN;
}

static void
widths_find(const struct description *description, struct strbuf *buffer, size_t widths[NCOLUMNS])
{
    for (size_t c = 0; c < NCOLUMNS; c++) {
        size_t widest = c == LABEL_COLUMN ? WIDEST_LABEL : WIDEST;
        widths[c] = width_of(slice_str(COLUMNS[c].head));
        for (size_t i = 0; i < description->nfields; i++) {
            size_t width = width_of(place_text(&description->fields[i], c, buffer));
            width = width < widest ? width : widest;
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

/* No blanks stand at the end of a line. */
static void
place_write(struct strbuf *out, struct slice text, size_t c, size_t ncolumns,
            const size_t widths[NCOLUMNS])
{
    width_fit(out, text, widths[c], COLUMNS[c].side);
    if (c + 1 < ncolumns) {
        strbuf_append_str(out, "  ");
        return;
    }
    while (out->len && out->ptr[out->len - 1] == ' ') {
        out->len--;
    }
    strbuf_append_char(out, '\n');
}

static void
table_write(struct strbuf *out, const struct description *description)
{
    struct strbuf buffer;
    size_t widths[NCOLUMNS], ncolumns = columns_count(description);
    strbuf_init(&buffer);
    widths_find(description, &buffer, widths);
    for (size_t c = 0; c < ncolumns; c++) {
        place_write(out, slice_str(COLUMNS[c].head), c, ncolumns, widths);
    }
    for (size_t c = 0; c < ncolumns; c++) {
        for (size_t i = 0; i < widths[c]; i++) {
            strbuf_append_char(out, '-');
        }
        strbuf_append_str(out, c + 1 < ncolumns ? "  " : "\n");
    }
    for (size_t i = 0; i < description->nfields; i++) {
        for (size_t c = 0; c < ncolumns; c++) {
            place_write(out, place_text(&description->fields[i], c, &buffer), c, ncolumns, widths);
        }
    }
    strbuf_fini(&buffer);
}

/* -- all of it --------------------------------------------------------------------------------- */

void
format_description(struct sink *sink, const struct description *description)
{
    bool is_table = description->format == AST_FORMAT_TABLE;
    if (!is_table && description->format != AST_FORMAT_JSON) {
        struct document_sink doc = document_sink_of(sink);
        document_write(&doc.document, description);
        return;
    }
    struct strbuf text;
    strbuf_init(&text);
    if (is_table) {
        table_write(&text, description);
    } else {
        json_write(&text, description);
    }
    sink->ops->verbatim(sink, "txt", strbuf_slice(&text));
    strbuf_fini(&text);
}
