/*
 * The dialect of a CSV text. in: its first bytes; out: its marks, header and decimal mark.
 *
 *     candidates: , ; TAB |  with quotes " or ' or none, with escapes or without
 *
 *     score = records of the most frequent length / records        1,5;2 by ';' and by ',': 1
 *           * (cells that are clean / cells) squared               by ',' the cell "5;2" is not
 *
 * Then the columns are looked at: a header is text above numbers; commas in numbers that cannot
 * separate thousands are decimal.
 */
#include "tools/rows/dialect.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"
#include "tools/rows/missing.h"
#include "tools/rows/numeral.h"
#include "tools/rows/prose.h"

enum {
    RECORDS_MOST = 1000,
    RECORDS_FEW = 3,
    PREAMBLE_MOST = 30,     /* records before the header */
    SHORT_HEADER_LEAST = 2, /* so many records must be longer by one than the header */
    YEAR_FIRST = 1800,
    YEAR_LAST = 2100
};

static const double CONSISTENCY_LEAST = 0.6, SCORE_LEAST = 0.3;
static const char delimiters[] = ",;\t|";

/* A record of the text, under one candidate. */
struct seen {
    uint64_t line;
    size_t ncells, nclean;
    bool is_bad;
};

/* What a candidate makes of the text. */
struct view {
    struct csv_marks marks;
    struct seen *records;
    size_t nrecords, nbad;
    size_t ncells; /* the most frequent length */
    size_t first;  /* of that length */
    size_t nsame;  /* of that length */
    double
        consistency; /* the share of records of that length; less where lines stand before them */
    double score;
};

struct dialect_wishes
dialect_no_wishes(void)
{
    return (struct dialect_wishes){DIALECT_SNIFF, DIALECT_SNIFF, DIALECT_SNIFF,
                                   DIALECT_SNIFF, DIALECT_SNIFF, DIALECT_SNIFF};
}

/* ---- candidates ---- */

static bool
is_number(struct slice cell, char decimal)
{
    char buffer[NUMERAL_BYTES_MOST];
    struct slice number;
    return numeral_read((struct numeral_marks){.decimal = decimal}, cell, buffer, &number);
}

/* A number, or text in which no delimiter stands that was not quoted. */
static bool
is_clean(struct slice cell, unsigned marks)
{
    if (cell.len == 0 || marks & CSV_QUOTED || is_number(cell, '.') || is_number(cell, ',')) {
        return true;
    }
    for (size_t i = 0; i < cell.len; i++) {
        if (memchr(delimiters, cell.ptr[i], sizeof delimiters - 1)) {
            return false;
        }
    }
    return cell.ptr[0] != '"' && cell.ptr[cell.len - 1] != '"';
}

/* Goes over the text's records. Returns how many bytes were taken. */
static size_t
see_records(struct view *view, struct slice text, bool at_end)
{
    struct csv *csv = csv_new(view->marks);
    size_t taken = 0;
    while (view->nrecords < RECORDS_MOST) {
        struct csv_record record;
        struct error bad = {0};
        size_t consumed;
        struct slice rest = slice_of(text.ptr + taken, text.len - taken);
        enum csv_status status = csv_next(csv, rest, at_end, &consumed, &record, &bad);
        taken += consumed;
        if (status == CSV_NEED_MORE) {
            break;
        }
        struct seen *seen = &view->records[view->nrecords++];
        *seen = (struct seen){.line = record.line, .is_bad = status == CSV_BAD};
        view->nbad += seen->is_bad;
        for (size_t i = 0; !seen->is_bad && i < record.ncells; i++) {
            seen->nclean += is_clean(record.cells[i], record.marks[i]);
        }
        seen->ncells = seen->is_bad ? 0 : record.ncells;
    }
    csv_free(csv);
    return taken;
}

/* The most frequent length of two or more cells, else 1; of equals, the one that comes first. */
static size_t
frequent_length(const struct view *view)
{
    size_t best = 1, nbest = 0;
    for (size_t i = 0; i < view->nrecords; i++) {
        size_t ncells = view->records[i].ncells, n = 0;
        bool is_known = ncells < 2 || ncells == best;
        for (size_t j = i; !is_known && j < view->nrecords; j++) {
            n += view->records[j].ncells == ncells;
        }
        if (n > nbest) {
            best = ncells;
            nbest = n;
        }
    }
    return best;
}

static void
view_make(struct view *view, struct slice text, bool at_end)
{
    size_t taken = see_records(view, text, at_end);
    view->ncells = frequent_length(view);
    while (view->first < view->nrecords && view->records[view->first].ncells != view->ncells) {
        view->first++;
    }
    size_t nclean = 0, nlonger = 0;
    for (size_t i = view->first; i < view->nrecords; i++) {
        const struct seen *seen = &view->records[i];
        view->nsame += seen->ncells == view->ncells;
        nclean += seen->ncells == view->ncells ? seen->nclean : 0;
        nlonger += seen->ncells > 1;
    }
    if (view->nsame == 0) {
        return;
    }
    /* Where a quote that is none swallows the rest, little is taken. */
    double seen_share = view->nrecords == RECORDS_MOST ? 1 : (double) taken / (double) text.len;
    double table_share = 1 - (double) view->first / (double) (2 * view->nrecords);
    view->consistency =
        (double) view->nsame / (double) (view->nrecords - view->first) * seen_share * table_share;
    double clean = (double) nclean / (double) (view->nsame * view->ncells);
    /* One column is one only where nothing else could part it. */
    bool is_column = view->ncells > 1 || (nlonger == 0 && clean == 1);
    view->score = is_column ? view->consistency * clean * clean : 0;
}

static bool
view_is_sure(const struct view *view)
{
    return view->consistency >= CONSISTENCY_LEAST && view->score >= SCORE_LEAST;
}

/* Whether text stands in such quotes: one at a cell's start, one at a cell's end. */
static bool
has_quotes(struct slice text, char quote)
{
    bool has_start = false, has_end = false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != quote) {
            continue;
        }
        char before = i ? text.ptr[i - 1] : '\n',
             behind = i + 1 < text.len ? text.ptr[i + 1] : '\n';
        has_start |= before == '\n' || memchr(delimiters, before, sizeof delimiters - 1) != NULL;
        has_end |= behind == '\n' || behind == '\r' ||
                   memchr(delimiters, behind, sizeof delimiters - 1) != NULL;
    }
    return has_start && has_end;
}

static bool
has_escaped(struct slice text, char quote)
{
    const char pair[] = {'\\', quote};
    return quote && text.len && memmem(text.ptr, text.len, pair, sizeof pair);
}

struct contest {
    struct slice text;
    bool at_end;
    struct view best, next; /* their records change places */
};

static void
contest_try(struct contest *contest, struct csv_marks marks)
{
    struct view *view = &contest->next, *best = &contest->best;
    *view = (struct view){.marks = marks, .records = view->records};
    view_make(view, contest->text, contest->at_end);
    /* Where scores are equal more cells win: one column fits nearly any text. */
    bool is_better = view->score > best->score ||
                     (view->score == best->score && best->ncells < 2 && view->ncells > 1);
    if (is_better || !best->marks.delimiter) {
        struct view loser = *best;
        *best = *view;
        *view = loser;
    }
}

/* CR alone, where there is no LF; what stands in quotes is not looked at for itself. */
static bool
ends_in_cr(struct slice text, bool at_end)
{
    const char *cr = text.len ? memchr(text.ptr, '\r', text.len) : NULL;
    bool is_last = cr && cr + 1 == text.ptr + text.len && at_end;
    return cr && !is_last && !memchr(text.ptr, '\n', text.len);
}

static void
contest_run(struct contest *contest, const struct dialect_wishes *wishes)
{
    struct slice text = contest->text;
    char wanted[2] = {(char) wishes->delimiter, '\0'};
    const char *tried = wishes->delimiter == DIALECT_SNIFF ? delimiters : wanted;
    char quotes[3] = {'"', '\'', '\0'};
    size_t nquotes = 3;
    if (wishes->quote != DIALECT_SNIFF) {
        quotes[0] = (char) wishes->quote;
        nquotes = 1;
    }
    for (size_t q = 0; q < nquotes; q++) {
        char quote = quotes[q];
        if (nquotes > 1 && quote && quote != '"' && !has_quotes(text, quote)) {
            continue;
        }
        if (nquotes > 1 && !quote && view_is_sure(&contest->best)) {
            continue; /* quotes that work are quotes */
        }
        for (const char *d = tried; *d; d++) {
            struct csv_marks marks = {*d, quote, 0, ends_in_cr(text, contest->at_end)};
            if (wishes->escape != DIALECT_SNIFF) {
                marks.escape = (char) wishes->escape;
            }
            contest_try(contest, marks);
            if (wishes->escape == DIALECT_SNIFF && has_escaped(text, quote)) {
                marks.escape = '\\';
                contest_try(contest, marks);
            }
        }
    }
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
    bool is_last_empty;     /* in all rows */
};

static void
column_add(struct column *column, struct slice cell)
{
    if (cell.len == 0 || missing_word(cell) >= 0) {
        return;
    }
    column->nfilled++;
    column->nagain += slice_equal(cell, column->first);
    bool is_point = is_number(cell, '.'), is_comma = is_number(cell, ',');
    column->nnumbers += is_point || is_comma;
    column->npoints += is_point && !is_comma;
    column->ncommas += is_comma && !is_point;
    if (is_comma && !is_point) {
        char separator;
        bool is_grouped = numeral_is_grouped(cell, &separator) && *cell.ptr != '0';
        column->nsure += !is_grouped;
    }
}

static void
table_see(struct table *table, const struct view *view, struct slice text, bool at_end)
{
    struct csv *csv = csv_new(view->marks);
    uint64_t first_line = view->records[view->first].line;
    struct csv_record record;
    size_t taken = 0, consumed;
    table->is_last_empty = true;
    for (size_t n = 0; n < view->nrecords; n++) {
        struct error bad = {0};
        struct slice rest = slice_of(text.ptr + taken, text.len - taken);
        enum csv_status status = csv_next(csv, rest, at_end, &consumed, &record, &bad);
        taken += consumed;
        if (status != CSV_OK || record.ncells != view->ncells) {
            continue;
        }
        table->nrows += record.line > first_line;
        for (size_t i = 0; i < record.ncells; i++) {
            if (record.line == first_line) {
                table->columns[i].first = arena_copy(table->arena, record.cells[i]);
            } else {
                column_add(&table->columns[i], record.cells[i]);
            }
        }
        table->is_last_empty &= record.cells[record.ncells - 1].len == 0;
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

/* How much the first record looks like names: 0 not at all, 1 perhaps, 2 surely. */
static int
table_header_likeness(const struct table *table)
{
    size_t nnames = 0, nnumbers = 0, nothers = 0, nagain = 0, nnumeric = 0, nempty = 0;
    for (size_t i = 0; i < table->ncolumns; i++) {
        const struct column *column = &table->columns[i];
        bool is_numeric_cell = is_number(column->first, '.') || is_number(column->first, ',');
        bool is_numeric = column_is_numeric(column);
        nnumeric += is_numeric;
        nempty += column->first.len == 0 && i > 0;
        nnames += is_numeric && !is_numeric_cell && column->first.len;
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
    return nagain * 2 >= table->ncolumns && table->nrows ? 0 : nempty * 2 > table->ncolumns ? 0 : 1;
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

/* The header is one name short, as R writes it: all other records are longer by one. */
static bool
is_short_header(const struct view *view, const struct table *table)
{
    if (view->first != 1 || view->records[0].ncells + 1 != view->ncells || table->is_last_empty) {
        return false;
    }
    return view->nrecords > SHORT_HEADER_LEAST && view->nsame + 1 == view->nrecords;
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
    return view->first <= PREAMBLE_MOST && longest < view->ncells &&
           likeness >= (longest > 1 ? 2 : 1);
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
    bool may_be_short = wishes->has_header != 0;
    if (may_be_short &&
        (is_short_header(view, table) || (table->is_last_empty && view->first == 1 &&
                                          view->records[0].ncells + 1 == view->ncells))) {
        out->has_header = true;
        out->is_header_short = !table->is_last_empty;
        return true;
    }
    if (may_skip && is_preamble(view, out->has_header ? likeness : 0)) {
        out->is_preamble = true;
        out->first_line = view->records[view->first].line;
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

bool
dialect_sniff(const struct dialect_wishes *wishes, struct slice text, bool at_end,
              struct dialect *out, struct error *err)
{
    struct contest contest = {.text = text, .at_end = at_end};
    contest.best.records = must_array(RECORDS_MOST, sizeof *contest.best.records);
    contest.next.records = must_array(RECORDS_MOST, sizeof *contest.next.records);
    contest_run(&contest, wishes);
    const struct view *best = &contest.best;
    struct table table = {.arena = arena_new(), .ncolumns = best->ncells};
    table.columns = arena_array(table.arena, table.ncolumns, sizeof *table.columns);
    bool is_told = wishes->delimiter != DIALECT_SNIFF && best->nrecords;
    bool is_sure = view_is_sure(best) && !prose_is(text, at_end, best->marks);
    bool ok = is_told || is_sure || no_dialect(best, err);
    if (ok) {
        if (best->first < best->nrecords) {
            table_see(&table, best, text, at_end);
        }
        *out = (struct dialect){.marks = best->marks, .ncells = best->ncells, .decimal = '.'};
        out->decimal =
            wishes->decimal == DIALECT_SNIFF ? table_decimal(&table) : (char) wishes->decimal;
        ok = find_header(wishes, best, &table, out, err);
    }
    arena_free(table.arena);
    free(contest.best.records);
    free(contest.next.records);
    return ok;
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

void
dialect_print(const struct dialect *dialect, struct strbuf *out)
{
    const struct csv_marks *marks = &dialect->marks;
    if (marks->delimiter == '\t') {
        strbuf_append_str(out, "TAB");
    } else {
        strbuf_printf(out, "'%c'", marks->delimiter);
    }
    if (!marks->quote) {
        strbuf_append_str(out, ", no quotes");
    } else if (marks->quote != '"') {
        strbuf_printf(out, ", quote %c", marks->quote);
    }
    if (marks->escape) {
        strbuf_printf(out, ", escape %c", marks->escape);
    }
    if (marks->ends_in_cr) {
        strbuf_append_str(out, ", lines end in CR");
    }
    if (dialect->decimal == ',') {
        strbuf_append_str(out, ", decimal comma");
    }
    if (!dialect->has_header) {
        strbuf_append_str(out, ", no header");
    } else if (dialect->first_line > 1) {
        strbuf_printf(out, ", header in line %llu", (unsigned long long) dialect->first_line);
    }
}
