/*
 * The dialect of a CSV text. in: its first bytes; out: its marks, header and decimal mark.
 *
 *     marks       those that fit best (view.h)
 *     header      text above numbers, or names that do not come again below
 *     decimal     ',' where commas in numbers cannot separate thousands
 *     before it   titles; or one name less than there are columns, as R writes a header
 */
#include "tools/rows/dialect.h"

#include "base/arena.h"
#include "base/map.h"
#include "base/utf8.h"
#include "tools/rows/missing.h"
#include "tools/rows/numeral.h"
#include "tools/rows/prose.h"
#include "tools/rows/view.h"

enum {
    RECORDS_FEW = 3,
    PREAMBLE_MOST = 30,     /* records before the header */
    SHORT_HEADER_LEAST = 2, /* so many records must be longer by one than the header */
    YEAR_FIRST = 1800,
    YEAR_LAST = 2100
};

_Static_assert((int) DIALECT_SNIFF == (int) VIEW_ANY, "wishes for marks are handed on");

struct dialect_wishes
dialect_no_wishes(void)
{
    return (struct dialect_wishes){DIALECT_SNIFF, DIALECT_SNIFF, DIALECT_SNIFF, DIALECT_SNIFF,
                                   DIALECT_SNIFF, DIALECT_SNIFF, false};
}

/* ---- columns ---- */

struct column {
    struct slice first;      /* the cell of the first record; in the arena */
    size_t nfilled;          /* cells below it */
    size_t nnumbers;         /* of those, with either decimal mark */
    size_t ncommas, npoints; /* of those, with this decimal mark */
    size_t nsure;            /* of those with a comma, that cannot separate thousands */
    size_t nagain;           /* that are as the first */
};

struct table {
    struct arena *arena;
    struct column *columns;
    size_t ncolumns, nrows; /* rows below the first */
    size_t nheaders;        /* of those, as the first in all columns */
    bool is_last_empty;     /* in all rows */
    bool is_numbered;       /* the first column has 1, 2, 3, ... or 0, 1, 2, ... */
    struct map first_cells; /* of the first column */
    bool has_first_again;   /* two of them are the same */
    /* A line before it is one cell of several words, or has a cell that begins with a blank, as no
     * cell of the first row does. */
    bool is_wording;
};

static void
column_add(struct column *column, struct slice cell)
{
    if (cell.len == 0 || missing_word(cell) >= 0) {
        return;
    }
    column->nagain += slice_equal(cell, column->first);
    column->nfilled++;
    bool is_point = numeral_is(cell, '.'), is_comma = numeral_is(cell, ',');
    column->nnumbers += is_point || is_comma;
    column->npoints += is_point && !is_comma;
    column->ncommas += is_comma && !is_point;
    if (is_comma && !is_point) {
        char separator;
        bool is_grouped = numeral_is_grouped(cell, &separator) && *cell.ptr != '0';
        column->nsure += !is_grouped;
    }
}

/* A line before the table. */
static void
table_see_before(struct table *table, const struct csv_record *record)
{
    for (size_t i = 0; i < record->ncells; i++) {
        struct slice cell = record->cells[i];
        bool is_behind_blank = i > 0 && slice_starts_with(cell, slice_lit(" "));
        bool has_words = record->ncells == 1 && cell.len && memchr(cell.ptr, ' ', cell.len);
        table->is_wording |= is_behind_blank || has_words;
    }
}

/* In all columns: the header again, where files were put one behind the other. */
static bool
is_as_first(const struct table *table, const struct csv_record *record)
{
    bool is = record->ncells > 1;
    for (size_t i = 0; is && i < record->ncells; i++) {
        is = slice_equal(record->cells[i], table->columns[i].first);
    }
    return is;
}

static void
table_see_row(struct table *table, const struct csv_record *record, bool is_first)
{
    bool is_new;
    int64_t number;
    struct slice start = arena_copy(table->arena, record->cells[0]);
    (void) map_add(&table->first_cells, start, &is_new);
    table->has_first_again |= !is_new;
    bool is_number = slice_to_int64(start, &number);
    int64_t below = (int64_t) table->nrows;
    table->is_numbered &= is_number && (number == below || number == below + 1);
    bool is_header_again = !is_first && is_as_first(table, record);
    table->nheaders += is_header_again;
    for (size_t i = 0; i < record->ncells; i++) {
        if (is_first) {
            table->columns[i].first = arena_copy(table->arena, record->cells[i]);
            table->is_wording &= i == 0 || !slice_starts_with(record->cells[i], slice_lit(" "));
        } else if (!is_header_again) {
            column_add(&table->columns[i], record->cells[i]);
        }
    }
    table->is_last_empty &= record->cells[record->ncells - 1].len == 0;
}

static void
table_see(struct table *table, const struct view *view, struct slice text, bool at_end)
{
    struct csv *csv = csv_new(view->marks);
    uint64_t first_line = view->records[view->first].line;
    struct csv_record record;
    size_t taken = 0, consumed;
    table->is_last_empty = table->is_numbered = true;
    map_init(&table->first_cells, table->arena);
    for (size_t n = 0; n < view->nrecords; n++) {
        struct error bad = {0};
        struct slice rest = slice_of(text.ptr + taken, text.len - taken);
        enum csv_status status = csv_next(csv, rest, at_end, &consumed, &record, &bad);
        taken += consumed;
        if (status == CSV_OK && record.line < first_line) {
            table_see_before(table, &record);
        } else if (status == CSV_OK && record.ncells == view->ncells) {
            table->nrows += record.line > first_line;
            table_see_row(table, &record, record.line == first_line);
        }
    }
    csv_free(csv);
}

static bool
column_is_numeric(const struct column *column)
{
    return column->nfilled && column->nnumbers == column->nfilled;
}

static bool
is_year(struct slice cell)
{
    int64_t year;
    return slice_to_int64(cell, &year) && year >= YEAR_FIRST && year <= YEAR_LAST;
}

static bool
is_any_number(struct slice cell)
{
    char separator;
    return numeral_is(cell, '.') || numeral_is(cell, ',') || numeral_is_grouped(cell, &separator);
}

/* How much the first record looks like names: 0 not at all, 1 perhaps, 2 surely. */
static int
table_header_likeness(const struct table *table)
{
    size_t nnames = 0, nnumbers = 0, nothers = 0, nagain = 0, nnumeric = 0, nempty = 0;
    for (size_t i = 0; i < table->ncolumns; i++) {
        const struct column *column = &table->columns[i];
        bool is_numeric_cell = is_any_number(column->first);
        bool is_numeric = column_is_numeric(column);
        nnumeric += is_numeric;
        nempty += column->first.len == 0 && i > 0;
        bool is_name = column->first.len && missing_word(column->first) < 0;
        nnames += is_numeric && !is_numeric_cell && is_name;
        nnumbers += is_numeric_cell;
        nothers += is_numeric_cell && !is_year(column->first);
        nagain += column->nagain > 0;
    }
    if (nnames) {
        return 2;
    }
    if (nnumbers) {
        return nothers == 0 && nnumbers > 1 && nagain == 0 ? 1 : 0;
    }
    bool are_values = nagain * 2 >= table->ncolumns || table->nheaders * 2 > table->nrows;
    return (are_values && table->nrows) || nempty * 2 > table->ncolumns ? 0 : 1;
}

/* A comma is decimal in columns where all are numbers, some surely so, and nowhere is a point. */
static char
table_decimal(const struct table *table)
{
    size_t nsure = 0, npoints = 0;
    for (size_t i = 0; i < table->ncolumns; i++) {
        const struct column *column = &table->columns[i];
        npoints += column->npoints;
        nsure += column_is_numeric(column) ? column->nsure : 0;
    }
    return nsure && !npoints ? ',' : '.';
}

/* ---- the verdict ---- */

static bool
no_dialect(const struct view *best, struct error *err)
{
    if (best->nrecords == 0) {
        return error_set(err, "CSV", "no line of it ends: it is no text with separated cells");
    }
    return error_set(
        err, "CSV",
        "no way to read it fits with confidence (%s): say with --delimiter, --quote or "
        "--skip how it is written",
        view_is_sure(best) ? "it looks like sentences" : "lines differ in their number of cells");
}

/* One name less than there are columns: R leaves out the first, others a comma at the rows' ends. */
static bool
may_be_short_header(const struct view *view, const struct table *table)
{
    if (view->first != 1 || view->records[0].ncells + 1 != view->ncells) {
        return false;
    }
    bool are_all_longer = view->nrecords > SHORT_HEADER_LEAST && view->nsame + 1 == view->nrecords;
    return table->is_last_empty || are_all_longer;
}

/* Whether all lines before the table are comments. */
static bool
are_comments(const struct view *view)
{
    bool are = view->first > 0;
    for (size_t i = 0; i < view->first; i++) {
        are &= view->records[i].is_comment;
    }
    return are;
}

/* Whether an empty line stands between the first line and the table. */
static bool
has_gap(const struct view *view)
{
    bool has = false;
    for (size_t i = 1; i <= view->first; i++) {
        has |= view->records[i].nempty > 0;
    }
    return has;
}

/*
 * A line that is one cell shorter than all others: is it a title, or a header without a name for
 * the first column? R names its rows, each by another name, and nobody writes a header, an empty
 * line, and then rows. *is_guess: it could be the other, too.
 */
static bool
is_short_title(const struct view *view, const struct table *table, int likeness, bool *is_guess)
{
    bool is_one_name = view->ncells == 2;
    *is_guess = false;
    if (are_comments(view) || has_gap(view)) {
        return true;
    }
    if (table->is_numbered) {
        return false;
    }
    if (table->is_last_empty) {
        bool is_title = likeness == 2 && is_one_name;
        *is_guess = likeness == 2 ? !is_title : likeness && is_one_name;
        return is_title;
    }
    if (likeness == 2 || (likeness && table->has_first_again)) {
        return true;
    }
    *is_guess = likeness || is_one_name;
    return likeness && table->is_wording;
}

/* Lines before the first record of the table: a header that does not fit must not pass for a title. */
static bool
is_preamble(const struct view *view, int likeness)
{
    size_t longest = 0;
    for (size_t i = 0; i < view->first; i++) {
        size_t ncells = view->records[i].ncells;
        longest = ncells > longest ? ncells : longest;
    }
    if (view->first > PREAMBLE_MOST || are_comments(view)) {
        return are_comments(view);
    }
    return longest < view->ncells && likeness >= (longest > 1 && !has_gap(view) ? 2 : 1);
}

static void
pass_over(const struct view *view, struct dialect *out)
{
    out->is_preamble = true;
    out->first_line = view->records[view->first].line;
}

/* How many records before the table are as wide as it, with one cell at most: titles of a sheet. */
static size_t
count_padded(const struct view *view, bool *has_gap)
{
    size_t n = 0;
    *has_gap = false;
    while (n < view->nrecords && view->records[n].is_padded) {
        *has_gap |= view->records[n++].is_empty;
    }
    bool is_followed = n < view->nrecords && view->records[n].ncells == view->ncells;
    return is_followed && n <= PREAMBLE_MOST ? n : 0;
}

/*
 * Excel fills lines with delimiters up to the table's width, titles too. The header is behind them
 * where its columns are numbers, or where it stands behind an empty line: else the first line may
 * be a header with names that are empty. *table: as it is with that header.
 */
static bool
pass_over_padded(const struct dialect_wishes *wishes, struct view *view, struct slice text,
                 bool at_end, struct table *table)
{
    bool has_gap;
    size_t nbefore = count_padded(view, &has_gap);
    if (!nbefore || wishes->skip != DIALECT_SNIFF || wishes->has_header == 0) {
        return false;
    }
    struct view behind = *view;
    struct table other = {.arena = table->arena, .ncolumns = table->ncolumns};
    behind.first = nbefore;
    other.columns = arena_array(other.arena, other.ncolumns, sizeof *other.columns);
    table_see(&other, &behind, text, at_end);
    int likeness = table_header_likeness(&other);
    if (likeness < 2 && !(likeness && has_gap && view->ncells > 2)) {
        return false;
    }
    *view = behind;
    *table = other;
    return true;
}

static bool
find_header(const struct dialect_wishes *wishes, const struct view *view, const struct table *table,
            struct dialect *out, struct error *err)
{
    int likeness = table_header_likeness(table);
    bool may_skip = wishes->skip == DIALECT_SNIFF;
    out->has_header = wishes->has_header == DIALECT_SNIFF ? likeness > 0 : wishes->has_header;
    out->first_line = view->records[0].line;
    if (view->first == 0) {
        return true;
    }
    if (wishes->has_header != 0 && may_be_short_header(view, table)) {
        bool is_title = is_short_title(view, table, likeness, &out->is_guess);
        out->is_guess &= may_skip;
        if (may_skip && is_title) {
            pass_over(view, out);
            return true;
        }
        out->has_header = true;
        out->is_header_short = !table->is_last_empty;
        return true;
    }
    if (may_skip && is_preamble(view, out->has_header ? likeness : 0)) {
        pass_over(view, out);
        return true;
    }
    if (wishes->delimiter != DIALECT_SNIFF || !may_skip) {
        return true; /* lines that do not fit are malformed */
    }
    return error_set(err, "CSV",
                     "line %llu has %zu cells, and most lines have %zu: is it no header? --skip N "
                     "leaves lines out at the start, --delimiter keeps it",
                     (unsigned long long) view->records[0].line, view->records[0].ncells,
                     view->ncells);
}

/* ---- delimiters that are not tried ---- */

/* One column, where another byte parts all lines alike. */
static void
find_other(const struct view *view, struct slice text, bool at_end, struct dialect *out)
{
    static const char others[] = " :^~";
    struct csv_marks marks = view->marks;
    for (const char *other = others; *other && !out->other_ncells; other++) {
        marks.delimiter = *other;
        out->other = *other;
        out->other_ncells = view_ncells(marks, text, at_end);
    }
    bool has_quotes = marks.quote && text.len && memchr(text.ptr, marks.quote, text.len);
    if (!out->other_ncells && view->nrecords > 1 && has_quotes) {
        marks.delimiter = view->marks.delimiter;
        out->other_ncells = view_ncells_inside(marks, text, at_end, &out->other);
        out->is_inside = out->other_ncells > 0;
    }
    if (!out->other_ncells && view->nrecords > 1 && !has_quotes) {
        out->other = '\0';
        out->other_ncells = view_nwords(text, at_end);
    }
}

bool
dialect_sniff(const struct dialect_wishes *wishes, struct slice text, bool at_end,
              struct dialect *out, struct error *err)
{
    struct view best;
    const struct view_wishes marks = {wishes->delimiter, wishes->quote, wishes->escape,
                                      wishes->is_trimmed};
    view_best(&marks, text, at_end, &best);
    struct table table = {.arena = arena_new(), .ncolumns = best.ncells};
    table.columns = arena_array(table.arena, table.ncolumns, sizeof *table.columns);
    bool is_told = wishes->delimiter != DIALECT_SNIFF && best.nrecords;
    bool is_sure = view_is_sure(&best) && !prose_is(text, at_end, best.marks);
    bool ok = is_told || is_sure || no_dialect(&best, err);
    if (ok) {
        if (best.first < best.nrecords) {
            table_see(&table, &best, text, at_end);
        }
        bool is_padded = pass_over_padded(wishes, &best, text, at_end, &table);
        *out = (struct dialect){.marks = best.marks, .ncells = best.ncells, .decimal = '.'};
        out->decimal =
            wishes->decimal == DIALECT_SNIFF ? table_decimal(&table) : (char) wishes->decimal;
        if (!is_told && best.ncells == 1) {
            find_other(&best, text, at_end, out);
        }
        if (is_padded) {
            out->has_header = true;
            pass_over(&best, out);
        } else {
            ok = find_header(wishes, &best, &table, out, err);
        }
    }
    arena_free(table.arena);
    view_fini(&best);
    return ok;
}

/* Excel's "sep=;" says what separates cells, and is no row. */
bool
dialect_says_delimiter(struct slice text, char *delimiter)
{
    static const struct slice start = SLICE_LIT("sep=");
    size_t at = utf8_bom(text);
    bool is_quoted = at < text.len && text.ptr[at] == '"';
    at += is_quoted;
    if (text.len < at + start.len + 2 ||
        !slice_equal_nocase(slice_of(text.ptr + at, start.len), start)) {
        return false;
    }
    at += start.len;
    *delimiter = text.ptr[at++];
    at += is_quoted && text.ptr[at] == '"';
    return at < text.len && *delimiter != '\n' && *delimiter != '\r' &&
           (text.ptr[at] == '\n' || text.ptr[at] == '\r');
}

bool
dialect_wants_more(struct slice text)
{
    size_t nlines = 0;
    for (size_t i = 0; i < text.len && nlines < RECORDS_FEW; i++) {
        nlines += text.ptr[i] == '\n' || text.ptr[i] == '\r';
    }
    return nlines < RECORDS_FEW;
}
