/*
 * Writes an answer as FORMAT CSV. in: an answer; out: a header and a record for each cell with at
 * least one row, for each table.
 *
 * Example: the label he said "no" is the field "he said ""no""".
 */
#include "answer/format_csv.h"

#include "base/utf8.h"

static bool
needs_quotes(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == ',' || c == '"' || c == '\r' || c == '\n') {
            return true;
        }
    }
    /* So that no reader takes white space away, or a byte order mark. */
    return text.len > 0 && (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ' || utf8_bom(text));
}

void
format_csv_field(struct strbuf *out, struct slice text)
{
    if (!needs_quotes(text)) {
        strbuf_append(out, text);
        return;
    }
    strbuf_append_char(out, '"');
    while (text.len > 0) {
        const char *quote = memchr(text.ptr, '"', text.len);
        size_t len = quote ? (size_t) (quote - text.ptr) + 1 : text.len;
        strbuf_append(out, slice_of(text.ptr, len));
        if (quote) {
            strbuf_append_char(out, '"');
        }
        text = slice_of(text.ptr + len, text.len - len);
    }
    strbuf_append_char(out, '"');
}

void
format_csv_record(struct strbuf *out, const struct slice *texts, size_t ntexts)
{
    for (size_t i = 0; i < ntexts; i++) {
        if (i) {
            strbuf_append_char(out, ',');
        }
        if (texts[i].ptr && !texts[i].len) {
            strbuf_append_str(out, "\"\"");
        } else {
            format_csv_field(out, texts[i]);
        }
    }
    strbuf_append_str(out, "\r\n");
}

static void
number_write(struct strbuf *out, struct number number)
{
    switch (number.kind) {
    case NUMBER_NULL:
    case NUMBER_HIDDEN: return;
    case NUMBER_INTEGER: strbuf_append_int(out, number.integer); return;
    case NUMBER_DECIMAL:
    case NUMBER_EXACT: strbuf_append(out, number.text); return;
    }
}

static size_t
nleaves_of(const struct table *table)
{
    return table->numbers ? table->nleaves : 1;
}

void
format_csv_leaf(struct strbuf *out, const struct table *table, size_t i)
{
    size_t nleaves = nleaves_of(table);
    for (size_t k = 0; k < nleaves; k++) {
        if (k > 0) {
            strbuf_append_char(out, ',');
        }
        number_write(out, table_number(table, i, k));
    }
}

static bool
has_totals(const struct table *table)
{
    bool found = false;
    for (size_t d = 0; d < table->ndims; d++) {
        found = found || table->dims[d].has_total;
    }
    return found;
}

static void
header_write(struct strbuf *out, const struct table *table)
{
    if (has_totals(table)) {
        strbuf_append_str(out, "totals,");
    }
    for (size_t d = 0; d < table->ndims; d++) {
        format_csv_field(out, table->dims[d].name);
        strbuf_append_char(out, ',');
    }
    for (size_t k = 0; k < nleaves_of(table); k++) {
        if (k > 0) {
            strbuf_append_char(out, ',');
        }
        format_csv_field(out, table->numbers ? table->leaves[k].name : slice_lit("count"));
    }
    strbuf_append_str(out, "\r\n");
}

/* Is the cell a total of any dimension? */
static bool
is_total(const struct table *table, uint64_t index)
{
    bool found = false;
    for (size_t d = table->ndims; !found && d-- > 0;) {
        size_t n = table->dims[d].npositions;
        found = table_is_total(&table->dims[d], index % n);
        index /= n;
    }
    return found;
}

/* The names of the dimensions that are totalled. */
static void
totals_write(struct strbuf *out, const struct table *table, uint64_t index)
{
    uint64_t span = table->ncells;
    struct strbuf names;
    if (!is_total(table, index)) {
        return;
    }
    strbuf_init(&names);
    for (size_t d = 0; d < table->ndims; d++) {
        span /= table->dims[d].npositions;
        if (table_is_total(&table->dims[d], index / span)) {
            if (names.len) {
                strbuf_append_char(&names, ',');
            }
            strbuf_append(&names, table->dims[d].name);
        }
        index %= span;
    }
    format_csv_field(out, strbuf_slice(&names));
    strbuf_fini(&names);
}

void
format_csv_labels(struct strbuf *out, const struct table *table, size_t i)
{
    uint64_t span = table->ncells, index = table->cells.indexes[i];
    bool with_totals = has_totals(table);
    if (with_totals) {
        totals_write(out, table, index);
    }
    for (size_t d = 0; d < table->ndims; d++) {
        span /= table->dims[d].npositions;
        uint64_t position = index / span;
        if (with_totals || d > 0) {
            strbuf_append_char(out, ',');
        }
        if (!table_is_total(&table->dims[d], position)) {
            format_csv_field(out, table->dims[d].labels[position]);
        }
        index -= position * span;
    }
}

static void
record_write(struct strbuf *out, const struct table *table, size_t i)
{
    format_csv_labels(out, table, i);
    strbuf_append_str(out, table->ndims ? "," : "");
    size_t from = out->len;
    format_csv_leaf(out, table, i);
    if (table->ndims == 0 && out->len == from) {
        strbuf_append_str(out, "\"\""); /* readers skip lines that are empty */
    }
    strbuf_append_str(out, "\r\n");
}

struct format_csv
format_csv_of(const struct answer *answer)
{
    return (struct format_csv){.answer = answer};
}

/* Opens the table that is next. */
static void
table_begin(struct format_csv *csv, struct strbuf *out)
{
    const struct table *table = csv->answer->tables[csv->table];
    if (csv->table > 0) {
        strbuf_append_str(out, "\r\n");
    }
    header_write(out, table);
    csv->cells = shown_cells_of(table);
    csv->is_open = true;
}

bool
format_csv_step(struct format_csv *csv, struct strbuf *out, uint64_t ncells)
{
    for (; csv->table < csv->answer->ntables; csv->table++, csv->is_open = false) {
        const struct table *table = csv->answer->tables[csv->table];
        if (!csv->is_open) {
            table_begin(csv, out);
        }
        size_t i;
        while (ncells > 0 && shown_next(&csv->cells, &i)) {
            record_write(out, table, i);
            ncells--;
        }
        if (ncells == 0) {
            return false;
        }
    }
    return true;
}
