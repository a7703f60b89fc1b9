/*
 * Marks of a CSV text, tried one after the other. in: its first bytes; out: those that fit best.
 *
 *     candidates: , ; TAB |  with quotes " or ' or none, with escapes or without
 *
 *     score = records of the most frequent length / records        1,5;2 by ';' and by ',': 1
 *           * (cells that are clean / cells) squared               by ',' the cell "5;2" is not
 */
#include "tools/rows/view.h"

#include <stdlib.h>

#include "base/must.h"
#include "tools/rows/numeral.h"

enum { RECORDS_MOST = 1000 };

static const double CONSISTENCY_LEAST = 0.6, SCORE_LEAST = 0.3;
static const char delimiters[] = ",;\t|";

/* A number, or text in which no delimiter stands that was not quoted. */
static bool
is_clean(struct slice cell, unsigned marks)
{
    if (cell.len == 0 || marks & CSV_QUOTED || numeral_is(cell, '.') || numeral_is(cell, ',')) {
        return true;
    }
    for (size_t i = 0; i < cell.len; i++) {
        if (memchr(delimiters, cell.ptr[i], sizeof delimiters - 1)) {
            return false;
        }
    }
    return cell.ptr[0] != '"' && cell.ptr[cell.len - 1] != '"';
}

static bool
is_padded(const struct csv_record *record)
{
    bool is = record->ncells > 1;
    for (size_t i = 1; is && i < record->ncells; i++) {
        is = record->cells[i].len == 0;
    }
    return is;
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
        struct view_record *seen = &view->records[view->nrecords++];
        *seen = (struct view_record){
            .line = record.line, .nempty = record.nempty, .is_bad = status == CSV_BAD};
        view->nbad += seen->is_bad;
        for (size_t i = 0; !seen->is_bad && i < record.ncells; i++) {
            seen->nclean += is_clean(record.cells[i], record.marks[i]);
        }
        seen->ncells = seen->is_bad ? 0 : record.ncells;
        seen->is_comment = !seen->is_bad && csv_is_comment(record.cells[0]);
        seen->is_padded = !seen->is_bad && is_padded(&record);
        seen->is_empty = seen->is_padded && !record.cells[0].len;
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
    size_t ntitles = 0;
    while (view->first < view->nrecords && view->records[view->first].ncells != view->ncells) {
        ntitles += !view->records[view->first++].is_comment;
    }
    size_t nclean = 0, nlonger = 0;
    for (size_t i = view->first; i < view->nrecords; i++) {
        const struct view_record *seen = &view->records[i];
        view->nsame += seen->ncells == view->ncells;
        nclean += seen->ncells == view->ncells ? seen->nclean : 0;
        nlonger += seen->ncells > 1;
    }
    if (view->nsame == 0) {
        return;
    }
    /* Where a quote that is none swallows the rest, little is taken. */
    double seen_share = view->nrecords == RECORDS_MOST ? 1 : (double) taken / (double) text.len;
    double table_share = 1 - (double) ntitles / (double) (2 * view->nrecords);
    view->consistency =
        (double) view->nsame / (double) (view->nrecords - view->first) * seen_share * table_share;
    double clean = (double) nclean / (double) (view->nsame * view->ncells);
    /* One column is one only where nothing else could part it. */
    bool is_column = view->ncells > 1 || (nlonger == 0 && clean == 1);
    view->score = is_column ? view->consistency * clean * clean : 0;
}

bool
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

static void
contest_run(struct contest *contest, const struct view_wishes *wishes)
{
    struct slice text = contest->text;
    char wanted[2] = {(char) wishes->delimiter, '\0'};
    const char *tried = wishes->delimiter == VIEW_ANY ? delimiters : wanted;
    char quotes[3] = {'"', '\'', '\0'};
    size_t nquotes = 3;
    if (wishes->quote != VIEW_ANY) {
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
            struct csv_marks marks = {*d, quote, 0, csv_ends_in_cr(text, contest->at_end),
                                      wishes->is_trimmed};
            if (wishes->escape != VIEW_ANY) {
                marks.escape = (char) wishes->escape;
            }
            contest_try(contest, marks);
            if (wishes->escape == VIEW_ANY && has_escaped(text, quote)) {
                marks.escape = '\\';
                contest_try(contest, marks);
            }
        }
    }
}

void
view_best(const struct view_wishes *wishes, struct slice text, bool at_end, struct view *out)
{
    struct contest contest = {.text = text, .at_end = at_end};
    contest.best.records = must_array(RECORDS_MOST, sizeof *contest.best.records);
    contest.next.records = must_array(RECORDS_MOST, sizeof *contest.next.records);
    contest_run(&contest, wishes);
    free(contest.next.records);
    *out = contest.best;
}

void
view_fini(struct view *view)
{
    free(view->records);
}

size_t
view_ncells(struct csv_marks marks, struct slice text, bool at_end)
{
    struct view view = {.marks = marks};
    view.records = must_array(RECORDS_MOST, sizeof *view.records);
    (void) see_records(&view, text, at_end);
    size_t ncells = view.nrecords > 1 ? view.records[0].ncells : 0;
    for (size_t i = 1; i < view.nrecords; i++) {
        ncells = view.records[i].ncells == ncells ? ncells : 0;
    }
    view_fini(&view);
    return ncells > 1 ? ncells : 0;
}

/* How many cells a record's only cell would be; 0: it is not quoted, or is no record. */
static size_t
ncells_inside(const struct csv_record *record, struct csv_marks marks)
{
    struct csv_record inside;
    struct error bad = {0};
    size_t consumed, ncells = 0;
    struct csv *csv = csv_new(marks);
    bool is_alone = record->ncells == 1 && record->marks[0] & CSV_QUOTED;
    if (is_alone && csv_next(csv, record->cells[0], true, &consumed, &inside, &bad) == CSV_OK) {
        ncells = inside.ncells;
    }
    csv_free(csv);
    return ncells;
}

size_t
view_ncells_inside(struct csv_marks marks, struct slice text, bool at_end, char *delimiter)
{
    size_t ncells = 0;
    for (const char *d = delimiters; *d && ncells < 2; d++) {
        struct csv *csv = csv_new(marks);
        struct csv_marks inner = {.delimiter = *d, .quote = marks.quote};
        ncells = 0;
        for (size_t taken = 0, n = 0; n < RECORDS_MOST; n++) {
            struct csv_record record;
            struct error bad = {0};
            size_t consumed;
            struct slice rest = slice_of(text.ptr + taken, text.len - taken);
            enum csv_status status = csv_next(csv, rest, at_end, &consumed, &record, &bad);
            taken += consumed;
            if (status == CSV_NEED_MORE) {
                break;
            }
            size_t found = status == CSV_OK ? ncells_inside(&record, inner) : 0;
            if (found < 2 || (n && found != ncells)) {
                ncells = 0;
                break;
            }
            ncells = found;
        }
        *delimiter = *d;
        csv_free(csv);
    }
    return ncells;
}

size_t
view_nwords(struct slice text, bool at_end)
{
    size_t nwords = 0;
    while (text.len) {
        bool is_whole = memchr(text.ptr, '\n', text.len) != NULL;
        struct slice line = slice_shift(&text, '\n');
        size_t n = 0;
        for (size_t i = 0; i < line.len && line.ptr[i] != '\r'; i++) {
            n += line.ptr[i] != ' ' && (i == 0 || line.ptr[i - 1] == ' ');
        }
        if (n && nwords && n != nwords && (is_whole || at_end)) {
            return 0;
        }
        nwords = nwords ? nwords : n;
    }
    return nwords > 1 ? nwords : 0;
}
