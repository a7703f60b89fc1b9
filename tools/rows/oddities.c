/*
 * Counts of what looks amiss. in: records, as they stand in a text; out: lines for the user.
 *
 * A total is looked for in the last row alone: so each row says whether it is one, and the last one
 * counts.
 */
#include "tools/rows/oddities.h"

static void
oddity_add(struct oddity *oddity, struct slice text, uint64_t line)
{
    if (oddity->n++ == 0) {
        oddity->line = line;
        oddity->len = text.len < ODDITY_BYTES ? text.len : ODDITY_BYTES;
        memcpy(oddity->text, text.ptr, oddity->len);
    }
}

static bool
is_header_again(const struct oddities_about *about, const struct csv_record *record)
{
    bool is = about->has_header && about->nfields > 1;
    for (size_t i = 0; is && i < about->nfields; i++) {
        is = slice_equal(record->cells[i], about->fields[i].name);
    }
    return is;
}

static bool
is_total(struct slice cell)
{
    static const struct slice words[] = {
        SLICE_LIT("total"), SLICE_LIT("totals"), SLICE_LIT("sum"),    SLICE_LIT("grand total"),
        SLICE_LIT("summe"), SLICE_LIT("gesamt"), SLICE_LIT("total:"), SLICE_LIT("sum:")};
    char start = (char) (cell.len >= 3 ? *cell.ptr | 0x20 : '\0');
    bool is = false, may_be = start == 't' || start == 's' || start == 'g';
    for (size_t i = 0; may_be && i < sizeof words / sizeof *words; i++) {
        is |= slice_equal_nocase(cell, words[i]);
    }
    return is;
}

/* The row's first cell that is not empty. */
static struct slice
first_text(const struct csv_record *record)
{
    for (size_t i = 0; i < record->ncells; i++) {
        if (record->cells[i].len) {
            return record->cells[i];
        }
    }
    return slice_lit("");
}

bool
oddity_has_blank(const struct csv_record *record, size_t cell)
{
    struct slice text = record->cells[cell];
    return text.len && (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ') &&
           !(record->marks[cell] & CSV_QUOTED);
}

static void
add_blanks(struct oddities *oddities, const struct csv_record *record)
{
    for (size_t i = 0; i < record->ncells; i++) {
        if (oddity_has_blank(record, i)) {
            oddity_add(&oddities->blanks, record->cells[i], record->line);
        }
    }
}

void
oddities_add(struct oddities *oddities, const struct oddities_about *about,
             const struct csv_record *record, struct slice bytes)
{
    if (memchr(bytes.ptr, ' ', bytes.len)) {
        add_blanks(oddities, record);
    }
    if (record->nempty && oddities->nrows) {
        oddity_add(&oddities->empty, slice_lit(""), record->line);
        oddities->empty.n += record->nempty - 1;
    }
    if (is_header_again(about, record)) {
        oddity_add(&oddities->headers, slice_lit(""), record->line);
    }
    struct slice start = first_text(record);
    oddities->total.n = 0;
    if (oddities->nrows && record->ncells > 1 && is_total(start)) {
        oddity_add(&oddities->total, start, record->line);
    }
    oddities->nrows++;
}

void
oddities_add_point(struct oddities *oddities, struct slice cell, uint64_t line)
{
    oddity_add(&oddities->points, cell, line);
}

/* ": ' 31' in line 2", ", the first ' 31' in line 2" */
static void
print_place(const struct oddity *oddity, struct strbuf *out)
{
    char quoted[ERROR_QUOTE_BYTES];
    strbuf_append_str(out, oddity->n == 1 ? "," : ", the first");
    if (oddity->len) {
        strbuf_printf(out, " %s", error_quote(quoted, slice_of(oddity->text, oddity->len)));
    }
    strbuf_printf(out, " in line %llu", (unsigned long long) oddity->line);
}

static void
print_count(const struct oddity *oddity, const char *one, const char *several, struct strbuf *out)
{
    strbuf_printf(out, "%llu %s", (unsigned long long) oddity->n, oddity->n == 1 ? one : several);
}

void
oddities_print(const struct oddities *oddities, struct strbuf *out)
{
    const struct oddity *blanks = &oddities->blanks, *empty = &oddities->empty,
                        *headers = &oddities->headers, *total = &oddities->total,
                        *points = &oddities->points;
    if (blanks->n) {
        print_count(blanks, "cell begins or ends with a blank", "cells begin or end with a blank",
                    out);
        print_place(blanks, out);
        strbuf_append_str(out, ": the blank belongs to the value; --trim takes it off\n");
    }
    if (points->n) {
        print_count(points, "cell has a point", "cells have a point", out);
        print_place(points, out);
        strbuf_append_str(out,
                          ", where other numbers have a decimal comma, and the point is read "
                          "as decimal: --thousands '.' takes it out, --decimal '.' reads commas "
                          "as text\n");
    }
    if (empty->n) {
        print_count(empty, "empty line stands between rows, and is no row",
                    "empty lines stand between rows, and are no rows", out);
        strbuf_printf(out, "; the row behind %s is in line %llu: is it of another table?\n",
                      empty->n == 1 ? "it" : "the first", (unsigned long long) empty->line);
    }
    if (headers->n) {
        print_count(headers, "row has the names of the fields again",
                    "rows have the names of the fields again", out);
        print_place(headers, out);
        strbuf_append_str(out, ": is it another table's header? It is read as a row\n");
    }
    if (total->n) {
        char quoted[ERROR_QUOTE_BYTES];
        strbuf_printf(out,
                      "the last row, in line %llu, begins with %s: if it is the sum of the "
                      "others, counts and sums have it too\n",
                      (unsigned long long) total->line,
                      error_quote(quoted, slice_of(total->text, total->len)));
    }
}
