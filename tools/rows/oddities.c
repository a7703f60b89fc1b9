/*
 * Counts of what looks amiss. in: records, as they stand in a text; out: lines for the user.
 *
 * A total is looked for in the last row alone: so each row says whether it is one, and the last one
 * counts.
 */
#include "tools/rows/oddities.h"

#include "base/number.h"
#include "base/utf8.h"

static void
oddity_add(struct oddity *oddity, struct slice text, uint64_t line)
{
    if (oddity->n++ == 0) {
        oddity->line = line;
        text = utf8_cut(text, ODDITY_BYTES);
        oddity->len = text.len;
        memcpy(oddity->text, text.ptr, text.len);
    }
}

static bool
is_header_again(const struct oddities_about *about, const struct csv_record *record)
{
    bool is = about->nheader && about->nheader == record->ncells;
    for (size_t i = 0; is && i < about->nheader; i++) {
        is = slice_equal(record->cells[i], about->header[i]);
    }
    return is;
}

static bool
is_total(struct slice cell)
{
    static const struct slice words[] = {
        SLICE_LIT("total"),       SLICE_LIT("totals"),       SLICE_LIT("sum"),
        SLICE_LIT("grand total"), SLICE_LIT("summe"),        SLICE_LIT("gesamt"),
        SLICE_LIT("gesamtsumme"), SLICE_LIT("insgesamt"),    SLICE_LIT("gesamtergebnis"),
        SLICE_LIT("totale"),      SLICE_LIT("total general")};
    char start = (char) (cell.len >= 3 ? *cell.ptr | 0x20 : '\0');
    bool is = false, may_be = start && memchr("tsgi", start, 4);
    if (may_be && cell.ptr[cell.len - 1] == ':') {
        cell.len--;
    }
    for (size_t i = 0; may_be && i < sizeof words / sizeof *words; i++) {
        is |= slice_equal_nocase(cell, words[i]);
    }
    return is;
}

/* "Source: the office" */
static bool
is_footnote(struct slice cell)
{
    static const struct slice words[] = {
        SLICE_LIT("source"), SLICE_LIT("sources"), SLICE_LIT("note"),      SLICE_LIT("notes"),
        SLICE_LIT("quelle"), SLICE_LIT("quellen"), SLICE_LIT("anmerkung"), SLICE_LIT("hinweis"),
        SLICE_LIT("fuente"), SLICE_LIT("fonte")};
    char start = (char) (cell.len >= 5 ? *cell.ptr | 0x20 : '\0');
    bool may_be = start && memchr("snqahf", start, 6);
    const char *colon = may_be ? memchr(cell.ptr, ':', cell.len) : NULL;
    bool is = false;
    for (size_t i = 0; colon && i < sizeof words / sizeof *words; i++) {
        is |= slice_equal_nocase(slice_of(cell.ptr, (size_t) (colon - cell.ptr)), words[i]);
    }
    return is;
}

bool
oddity_has_blank(const struct csv_record *record, size_t cell)
{
    struct slice text = record->cells[cell];
    return !(record->marks[cell] & CSV_QUOTED) &&
           (csv_blank_before(text) || csv_blank_behind(text));
}

/* What Excel is told to keep as it is: ="007" */
static bool
is_formula(struct slice cell)
{
    return cell.len > 2 && slice_starts_with(cell, slice_lit("=\"")) &&
           cell.ptr[cell.len - 1] == '"';
}

/* What a row's cells may be, by their first and last bytes alone: most are nothing of it. */
struct look {
    struct slice first; /* cell that is filled */
    bool is_filled, may_have_blanks, may_have_formulas;
};

static struct look
look_at(const struct oddities_about *about, const struct csv_record *record)
{
    struct look look = {0};
    for (size_t i = 0; i < record->ncells; i++) {
        struct slice cell = record->cells[i];
        if (!cell.len) {
            look.is_filled |= about->keeps_empty_texts && record->marks[i] & CSV_QUOTED;
            continue;
        }
        look.first = look.is_filled ? look.first : cell;
        look.is_filled = true;
        unsigned char start = (unsigned char) cell.ptr[0],
                      end = (unsigned char) cell.ptr[cell.len - 1];
        look.may_have_formulas |= start == '=';
        look.may_have_blanks |= start <= ' ' || end <= ' ' || start >= 0xc2 || end >= 0x80;
    }
    return look;
}

static void
add_cells(struct oddities *oddities, const struct csv_record *record, const struct look *look)
{
    for (size_t i = 0; look->may_have_blanks && i < record->ncells; i++) {
        if (oddity_has_blank(record, i)) {
            oddity_add(&oddities->blanks, record->cells[i], record->line);
        }
    }
    for (size_t i = 0; look->may_have_formulas && i < record->ncells; i++) {
        if (is_formula(record->cells[i])) {
            oddity_add(&oddities->formulas, record->cells[i], record->line);
        }
    }
}

/* A CR within a cell that is not quoted. bytes: without the line's end. */
static void
add_returns(struct oddities *oddities, const struct csv_record *record, struct slice bytes)
{
    while (bytes.len && memchr("\r\n", bytes.ptr[bytes.len - 1], 2)) {
        bytes.len--;
    }
    bool may_have = bytes.len && memchr(bytes.ptr, '\r', bytes.len);
    for (size_t i = 0; may_have && i < record->ncells; i++) {
        struct slice cell = record->cells[i];
        if (cell.len && !(record->marks[i] & CSV_QUOTED) && memchr(cell.ptr, '\r', cell.len)) {
            oddity_add(&oddities->returns, cell, record->line);
        }
    }
}

/* 1.234, 12.500: the point may separate thousands. */
static bool
is_like_thousands(struct slice cell)
{
    enum { DIGITS_BEHIND = 3, DIGITS_BEFORE = 3 };
    const char *point = memchr(cell.ptr, '.', cell.len);
    size_t before = (size_t) (point - cell.ptr), sign = *cell.ptr == '-' || *cell.ptr == '+';
    return cell.len - before == DIGITS_BEHIND + 1 && before > sign &&
           before - sign <= DIGITS_BEFORE && cell.ptr[sign] != '0' &&
           !memchr(cell.ptr, 'e', cell.len) && !memchr(cell.ptr, 'E', cell.len);
}

static void
add_points(struct oddities *oddities, const struct csv_record *record, struct slice bytes)
{
    bool may_have = memchr(bytes.ptr, '.', bytes.len) != NULL;
    for (size_t i = 0; may_have && i < record->ncells; i++) {
        struct slice cell = record->cells[i];
        if (!cell.len || !memchr(cell.ptr, '.', cell.len) || !number_is_numeral(cell)) {
            continue;
        }
        if (is_like_thousands(cell)) {
            oddity_add(&oddities->thousands, cell, record->line);
        } else {
            oddities->ndecimals++;
        }
    }
}

/* What a row begins with. */
static void
add_start(struct oddities *oddities, const struct csv_record *record, struct slice start)
{
    if (csv_is_comment(record->cells[0]) && !(record->marks[0] & CSV_QUOTED)) {
        oddity_add(&oddities->comments, start, record->line);
    }
    if (is_footnote(start)) {
        oddity_add(&oddities->footnotes, start, record->line);
        return; /* a total may stand before it */
    }
    oddities->total.n = 0;
    if (oddities->nrows && record->ncells > 1 && is_total(start)) {
        oddity_add(&oddities->total, start, record->line);
    }
}

void
oddities_add(struct oddities *oddities, const struct oddities_about *about,
             const struct csv_record *record, struct slice bytes)
{
    struct look look = look_at(about, record);
    if (record->nempty && oddities->nrows) {
        oddity_add(&oddities->empty, slice_lit(""), record->line);
        oddities->empty.n += record->nempty - 1;
    }
    if (!look.is_filled) {
        oddity_add(&oddities->bare, slice_lit(""), record->line);
        oddities->is_bare = true;
        return;
    }
    oddities->splits_rows |= oddities->is_bare && oddities->nrows;
    oddities->is_bare = false;
    add_cells(oddities, record, &look);
    add_returns(oddities, record, bytes);
    if (about->may_be_thousands) {
        add_points(oddities, record, bytes);
    }
    if (is_header_again(about, record)) {
        oddity_add(&oddities->headers, slice_lit(""), record->line);
    }
    add_start(oddities, record, look.first);
    oddities->nrows++;
}

void
oddities_add_point(struct oddities *oddities, struct slice cell, uint64_t line)
{
    oddity_add(&oddities->points, cell, line);
}

void
commas_add(struct commas *commas, struct slice cell, bool is_number, uint64_t line)
{
    size_t ncommas = 0, nothers = 0;
    for (size_t i = 0; i < cell.len; i++) {
        ncommas += cell.ptr[i] == ',';
        nothers += !memchr("0123456789, ", cell.ptr[i], 12);
    }
    if (is_number && ncommas) {
        oddity_add(&commas->numbers, cell, line);
    } else if (!is_number && ncommas && !nothers) {
        oddity_add(&commas->lists, cell, line);
    }
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
commas_print(const struct commas *commas, struct slice field, struct strbuf *out)
{
    char name[ERROR_QUOTE_BYTES], list[ERROR_QUOTE_BYTES];
    const struct oddity *numbers = &commas->numbers, *lists = &commas->lists;
    if (numbers->n && lists->n) {
        strbuf_printf(
            out, "%s has commas between numbers, %s in line %llu, and ", error_quote(name, field),
            error_quote(list, slice_of(lists->text, lists->len)), (unsigned long long) lists->line);
        print_count(numbers, "cell", "cells", out);
        strbuf_append_str(out, " of it");
        print_place(numbers, out);
        strbuf_printf(out,
                      ", %s read as %s with a decimal comma: --decimal '.' leaves commas as "
                      "they are\n",
                      numbers->n == 1 ? "is" : "are", numbers->n == 1 ? "a number" : "numbers");
    }
}

/* Cells that are none of what they look like. */
static void
print_cells(const struct oddities *oddities, struct strbuf *out)
{
    const struct oddity *blanks = &oddities->blanks, *points = &oddities->points,
                        *thousands = &oddities->thousands, *returns = &oddities->returns,
                        *formulas = &oddities->formulas;
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
    if (thousands->n > 1 && !oddities->ndecimals) {
        strbuf_printf(out, "all %llu numbers with a point have three digits behind it",
                      (unsigned long long) thousands->n);
        print_place(thousands, out);
        strbuf_append_str(out, ", and are read with decimals: if it separates thousands, "
                               "--thousands '.'\n");
    }
    if (returns->n) {
        print_count(returns, "cell has a CR in it", "cells have a CR in them", out);
        print_place(returns, out);
        strbuf_append_str(out, ", and other lines end in LF: if the line ends there, put LF in "
                               "its place\n");
    }
    if (formulas->n) {
        print_count(formulas, "cell is a formula", "cells are formulas", out);
        print_place(formulas, out);
        strbuf_append_str(out, ": the sign and the quotes belong to the value\n");
    }
}

/* Lines that may be no rows. */
static void
print_rows(const struct oddities *oddities, struct strbuf *out)
{
    const struct oddity *empty = &oddities->empty, *headers = &oddities->headers,
                        *comments = &oddities->comments, *bare = &oddities->bare;
    if (empty->n) {
        print_count(empty, "empty line stands between rows, and is no row",
                    "empty lines stand between rows, and are no rows", out);
        strbuf_printf(out, "; the row behind %s is in line %llu: is it of another table?\n",
                      empty->n == 1 ? "it" : "the first", (unsigned long long) empty->line);
    }
    if (bare->n) {
        print_count(bare, "row has no filled cell", "rows have no filled cell", out);
        print_place(bare, out);
        strbuf_printf(out, ", and %s left out%s\n", bare->n == 1 ? "is" : "are",
                      oddities->splits_rows ? ": is what stands behind of another table?" : "");
    }
    if (headers->n) {
        print_count(headers, "row has the names of the fields again",
                    "rows have the names of the fields again", out);
        print_place(headers, out);
        strbuf_printf(out,
                      ", and %s read as %s: take the line out where another table or file "
                      "begins; if the first line is a row, too, --header no\n",
                      headers->n == 1 ? "is" : "are", headers->n == 1 ? "a row" : "rows");
    }
    /* Where most rows begin so, it is how their first values are written. */
    if (comments->n && comments->n * 2 <= oddities->nrows) {
        print_count(comments, "row begins as a comment does", "rows begin as comments do", out);
        print_place(comments, out);
        strbuf_printf(out, ": %s read as %s\n", comments->n == 1 ? "it is" : "they are",
                      comments->n == 1 ? "a row" : "rows");
    }
}

void
oddities_print(const struct oddities *oddities, struct strbuf *out)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct oddity *total = &oddities->total, *footnotes = &oddities->footnotes;
    print_cells(oddities, out);
    print_rows(oddities, out);
    if (total->n) {
        strbuf_printf(out,
                      "the last row, in line %llu, begins with %s: if it is the sum of the "
                      "others, counts and sums have it too\n",
                      (unsigned long long) total->line,
                      error_quote(quoted, slice_of(total->text, total->len)));
    }
    if (footnotes->n) {
        print_count(footnotes, "row begins as a footnote does", "rows begin as footnotes do", out);
        print_place(footnotes, out);
        strbuf_printf(out, ": %s read as %s\n", footnotes->n == 1 ? "it is" : "they are",
                      footnotes->n == 1 ? "a row" : "rows");
    }
}
