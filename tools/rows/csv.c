/*
 * Records of a CSV file, found in a run of bytes.
 * in: a run of bytes that begins where a record begins; out: the record's cells, quotes taken off.
 *
 *     1,"a ""b""\nc",\n    ->    {1} {a "b"\nc} {}, and the line count grows by two
 *
 * A record is found in one pass that notes where its cells are; only when its end is seen are cells
 * with doubled or escaped bytes copied, so that no record is half taken. All others are borrowed.
 */
#include "tools/rows/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "base/utf8.h"

struct csv {
    struct csv_marks marks;
    bool stops[256]; /* bytes that may end an unquoted cell */
    struct slice *cells;
    unsigned char *cell_marks;
    size_t cells_capacity;
    struct strbuf unquoted; /* the copies of this record's cells that are CSV_ESCAPED */
    uint64_t line;          /* the one that the next record begins on */
    uint64_t nempty;        /* empty lines since the last record */
    bool skipping;          /* the rest of a bad line is still to be dropped */
};

/* What one pass over a record found. */
struct extent {
    size_t end;     /* behind its line break */
    size_t ncells;  /* in csv->cells, quoted ones without the outer quotes */
    size_t nlines;  /* line breaks, inside quotes too */
    unsigned marks; /* of all cells: `""` alone on a line is a record, an empty line none */
};

struct csv_marks
csv_rfc(void)
{
    return (struct csv_marks){.delimiter = ',', .quote = '"'};
}

bool
csv_ends_in_cr(struct slice text, bool at_end)
{
    const char *cr = text.len ? memchr(text.ptr, '\r', text.len) : NULL;
    bool is_last = cr && cr + 1 == text.ptr + text.len && at_end;
    return cr && !is_last && !memchr(text.ptr, '\n', text.len);
}

bool
csv_is_comment(struct slice start)
{
    return slice_starts_with(start, slice_lit("# ")) || slice_starts_with(start, slice_lit("##")) ||
           slice_equal(start, slice_lit("#"));
}

static const struct slice blanks[] = {SLICE_LIT(" "), SLICE_LIT("\t"), SLICE_LIT("\xc2\xa0"),
                                      SLICE_LIT("\xe2\x80\xaf"), SLICE_LIT("\xe3\x80\x80")};

size_t
csv_blank_before(struct slice text)
{
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
        if (slice_starts_with(text, blanks[i])) {
            return blanks[i].len;
        }
    }
    return 0;
}

size_t
csv_blank_behind(struct slice text)
{
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++) {
        size_t len = blanks[i].len;
        if (text.len >= len && slice_equal(slice_of(text.ptr + text.len - len, len), blanks[i])) {
            return len;
        }
    }
    return 0;
}

struct csv *
csv_new(struct csv_marks marks)
{
    struct csv *csv = must_alloc(sizeof *csv);
    csv->marks = marks;
    csv->stops[(unsigned char) marks.delimiter] = csv->stops['\n'] = csv->stops['\r'] = true;
    strbuf_init(&csv->unquoted);
    csv->line = 1;
    return csv;
}

void
csv_set_line(struct csv *csv, uint64_t line)
{
    csv->line = line;
}

void
csv_free(struct csv *csv)
{
    if (csv) {
        strbuf_fini(&csv->unquoted);
        free(csv->cells);
        free(csv->cell_marks);
        free(csv);
    }
}

static void
csv_add_cell(struct csv *csv, struct extent *found, const char *ptr, size_t len, unsigned marks)
{
    size_t n = found->ncells, capacity = csv->cells_capacity; /* both lists have the same */
    csv->cells = must_room(csv->cells, n, &capacity, sizeof *csv->cells);
    csv->cell_marks = must_room(csv->cell_marks, n, &csv->cells_capacity, sizeof *csv->cell_marks);
    csv->cell_marks[n] = (unsigned char) marks;
    csv->cells[n] = slice_of(ptr, len);
    found->ncells = n + 1;
    found->marks |= marks;
}

/* Where the next quote or escape is; NULL: none. */
static const char *
next_mark(const struct csv_marks *marks, const char *at, const char *end)
{
    const char *quote = memchr(at, marks->quote, (size_t) (end - at));
    const char *stop = quote ? quote : end;
    const char *escape = marks->escape ? memchr(at, marks->escape, (size_t) (stop - at)) : NULL;
    return escape ? escape : quote;
}

/* Line breaks inside a quoted cell: CRLF is one. */
static size_t
count_lines(const struct csv *csv, const char *from, const char *to)
{
    size_t n = 0;
    for (const char *p = from; (p = memchr(p, '\n', (size_t) (to - p))); p++) {
        n++;
    }
    for (const char *p = from; csv->marks.ends_in_cr && (p = memchr(p, '\r', (size_t) (to - p)));
         p++) {
        n += p + 1 == to || p[1] != '\n';
    }
    return n;
}

/*
 * The quoted cell whose first byte behind the quote is at *at; leaves *at behind the closing quote.
 * NEED_MORE where the input ends before it is known which quote closes.
 */
static enum csv_status
csv_scan_quoted(struct csv *csv, struct slice input, bool at_end, size_t *at, struct extent *found,
                struct error *err)
{
    const struct csv_marks *marks = &csv->marks;
    const char *start = input.ptr + *at, *end = input.ptr + input.len, *i = start;
    unsigned cell_marks = CSV_QUOTED;
    for (;;) {
        i = next_mark(marks, i, end);
        if (!i || (i + 1 == end && (!at_end || *i != marks->quote))) {
            if (!at_end) {
                return CSV_NEED_MORE;
            }
            (void) error_set(err, "CSV", "a quote is opened here and never closed");
            return CSV_BAD;
        }
        if (*i == marks->quote && (i + 1 == end || i[1] != marks->quote)) {
            break;
        }
        cell_marks |= CSV_ESCAPED;
        i += 2;
    }
    found->nlines += count_lines(csv, start, i);
    csv_add_cell(csv, found, start, (size_t) (i - start), cell_marks);
    *at = (size_t) (i - input.ptr) + 1;
    return CSV_OK;
}

/*
 * How many bytes the line break at `at` has: 0 where there is none, -1 where more must be seen. Python
 * on Windows may write CR CR LF: that is one.
 */
static int
line_break_bytes(const struct csv *csv, struct slice input, bool at_end, size_t at)
{
    size_t end = at;
    while (end < input.len && input.ptr[end] == '\r' && (end == at || !csv->marks.ends_in_cr)) {
        end++;
    }
    if (end == input.len) {
        return at_end ? (int) (end - at) : -1;
    }
    if (input.ptr[end] == '\n') {
        return (int) (end - at) + 1;
    }
    return end > at && csv->marks.ends_in_cr;
}

/* The unquoted cell at *at; leaves *at behind it. */
static void
csv_scan_plain(struct csv *csv, struct slice input, bool at_end, size_t *at, struct extent *found)
{
    size_t i = *at;
    for (;;) {
        while (i < input.len && !csv->stops[(unsigned char) input.ptr[i]]) {
            i++;
        }
        if (i == input.len || input.ptr[i] != '\r' ||
            line_break_bytes(csv, input, at_end, i) != 0) {
            break;
        }
        while (i < input.len && input.ptr[i] == '\r') {
            i++;
        }
    }
    csv_add_cell(csv, found, input.ptr + *at, i - *at, 0);
    *at = i;
}

/* Where a cell, or what follows it, begins. */
static size_t
behind_blanks(const struct csv *csv, struct slice input, size_t at)
{
    size_t n = 1;
    while (at < input.len && input.ptr[at] != csv->marks.delimiter && n) {
        n = csv_blank_before(slice_of(input.ptr + at, input.len - at));
        at += n;
    }
    return at;
}

/* Takes the blanks off the end of the last cell, if it is not quoted. */
static void
csv_trim_end(struct csv *csv, const struct extent *found)
{
    size_t last = found->ncells - 1, n = !csv->cell_marks[last];
    struct slice *cell = &csv->cells[last];
    while (n) {
        n = csv_blank_behind(*cell);
        cell->len -= n;
    }
}

/* One pass over the record at the front of input. */
static enum csv_status
csv_scan(struct csv *csv, struct slice input, bool at_end, struct extent *found, struct error *err)
{
    const struct csv_marks *marks = &csv->marks;
    *found = (struct extent){0};
    bool is_trimmed = marks->is_trimmed && marks->delimiter != ' ';
    size_t at = 0;
    for (;;) {
        at = is_trimmed ? behind_blanks(csv, input, at) : at;
        if (marks->quote && at < input.len && input.ptr[at] == marks->quote) {
            at++;
            enum csv_status status = csv_scan_quoted(csv, input, at_end, &at, found, err);
            if (status != CSV_OK) {
                return status;
            }
            at = is_trimmed ? behind_blanks(csv, input, at) : at;
        } else {
            csv_scan_plain(csv, input, at_end, &at, found);
        }
        if (is_trimmed) {
            csv_trim_end(csv, found);
        }
        if (at == input.len) {
            found->end = at;
            return at_end ? CSV_OK : CSV_NEED_MORE;
        }
        if (input.ptr[at] == marks->delimiter) {
            at++;
            continue;
        }
        int nbytes = line_break_bytes(csv, input, at_end, at);
        if (nbytes < 0) {
            return CSV_NEED_MORE;
        }
        if (nbytes == 0) {
            (void) error_set(err, "CSV",
                             "text behind a closing quote (a quote inside quotes is doubled)");
            return CSV_BAD;
        }
        found->nlines++;
        found->end = at + (size_t) nbytes;
        return CSV_OK;
    }
}

/* Copies the cells with doubled or escaped bytes, each pair made one. They lie inside the record. */
static void
csv_unescape(struct csv *csv, const struct extent *found)
{
    strbuf_clear(&csv->unquoted);
    strbuf_reserve(&csv->unquoted, found->end); /* so the copies do not move while more are made */
    for (size_t i = 0; i < found->ncells; i++) {
        if (!(csv->cell_marks[i] & CSV_ESCAPED)) {
            continue;
        }
        struct slice cell = csv->cells[i];
        size_t start = csv->unquoted.len;
        for (size_t at = 0; at < cell.len; at++) {
            /* Inside, a quote is the first of a pair, as an escape is. */
            at += cell.ptr[at] == csv->marks.quote ||
                  (csv->marks.escape && cell.ptr[at] == csv->marks.escape);
            strbuf_append_char(&csv->unquoted, cell.ptr[at]);
        }
        csv->cells[i] = slice_of(csv->unquoted.ptr + start, csv->unquoted.len - start);
    }
}

/* Drops the rest of a bad line. False: more is needed. */
static bool
csv_skip(struct csv *csv, struct slice input, size_t *consumed)
{
    *consumed = 0;
    if (csv->skipping) {
        const char *end = memchr(input.ptr, csv->marks.ends_in_cr ? '\r' : '\n', input.len);
        if (!end) {
            *consumed = input.len;
            return false;
        }
        *consumed = (size_t) (end - input.ptr) + 1;
        csv->skipping = false;
        csv->line++;
    }
    return true;
}

enum csv_status
csv_next(struct csv *csv, struct slice input, bool at_end, size_t *consumed,
         struct csv_record *record, struct error *err)
{
    if (input.len == 0 || !csv_skip(csv, input, consumed)) {
        *consumed = input.len ? *consumed : 0;
        return CSV_NEED_MORE;
    }
    for (;;) {
        struct slice rest = slice_of(input.ptr + *consumed, input.len - *consumed);
        *consumed += utf8_bom(rest); /* a file that was put behind another has one, too */
        rest = slice_of(input.ptr + *consumed, input.len - *consumed);
        if (rest.len == 0) {
            return CSV_NEED_MORE;
        }
        struct extent found;
        enum csv_status status = csv_scan(csv, rest, at_end, &found, err);
        if (status == CSV_NEED_MORE && rest.len > CSV_RECORD_BYTES_MOST) {
            error_set(err, "CSV", "a record of more than %d bytes: is a quote never closed?",
                      CSV_RECORD_BYTES_MOST);
            status = CSV_BAD;
        }
        *record =
            (struct csv_record){csv->cells, csv->cell_marks, found.ncells, csv->line, csv->nempty};
        if (status == CSV_NEED_MORE) {
            return CSV_NEED_MORE;
        }
        if (status == CSV_BAD) {
            csv->skipping = true;
            csv->nempty = 0;
            return CSV_BAD;
        }
        *consumed += found.end;
        csv->line += found.nlines;
        if (found.ncells == 1 && csv->cells[0].len == 0 && !found.marks) {
            csv->nempty++;
            continue; /* an empty line */
        }
        csv->nempty = 0;
        if (found.marks & CSV_ESCAPED) {
            csv_unescape(csv, &found);
        }
        return CSV_OK;
    }
}
