/*
 * Records of a CSV file, found in a run of bytes.
 * in: a run of bytes that begins where a record begins; out: the record's cells, quotes taken off.
 *
 *     1,"a ""b""\nc",\n    ->    {1} {a "b"\nc} {}, and the line count grows by two
 *
 * A record is found in one pass that notes where its cells are; only when its end is seen are cells
 * with doubled quotes copied, so that no record is half taken. All others are borrowed.
 */
#include "tools/rows/csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/strbuf.h"

struct csv {
    struct slice *cells;
    bool *doubled; /* the cell has doubled quotes in it still */
    size_t cells_capacity;
    struct strbuf unquoted; /* the copies of this record's cells that had doubled quotes */
    uint64_t line;          /* the one that the next record begins on */
    bool started;           /* the byte order mark has been looked for */
    bool skipping;          /* the rest of a bad line is still to be dropped */
};

/* What one pass over a record found. */
struct extent {
    size_t end;      /* behind its line break */
    size_t ncells;   /* in csv->cells, quoted ones without the outer quotes */
    size_t nlines;   /* line breaks, inside quotes too */
    size_t ndoubled; /* cells with doubled quotes */
    bool quoted;     /* a cell was quoted: `""` alone on a line is a record, an empty line none */
};

struct csv *
csv_new(void)
{
    struct csv *csv = must_alloc(sizeof *csv);
    strbuf_init(&csv->unquoted);
    csv->line = 1;
    return csv;
}

void
csv_free(struct csv *csv)
{
    if (csv) {
        strbuf_fini(&csv->unquoted);
        free(csv->cells);
        free(csv->doubled);
        free(csv);
    }
}

static void
csv_add_cell(struct csv *csv, struct extent *found, const char *ptr, size_t len, bool doubled)
{
    size_t n = found->ncells, capacity = csv->cells_capacity; /* both lists have the same */
    csv->cells = must_room(csv->cells, n, &capacity, sizeof *csv->cells);
    csv->doubled = must_room(csv->doubled, n, &csv->cells_capacity, sizeof *csv->doubled);
    csv->doubled[found->ncells] = doubled;
    csv->cells[found->ncells++] = slice_of(ptr, len);
    found->ndoubled += doubled;
}

/*
 * The quoted cell whose first byte behind the quote is at *at; leaves *at behind the closing quote.
 * NEED_MORE where the input ends before it is known which quote closes.
 */
static enum csv_status
csv_scan_quoted(struct csv *csv, struct slice input, bool at_end, size_t *at, struct extent *found,
                struct error *err)
{
    size_t start = *at;
    size_t i = start;
    bool doubled = false;
    for (;;) {
        const char *quote = memchr(input.ptr + i, '"', input.len - i);
        if (!quote) {
            if (!at_end) {
                return CSV_NEED_MORE;
            }
            error_set(err, "CSV", "a quote is opened here and never closed");
            return CSV_BAD;
        }
        i = (size_t) (quote - input.ptr);
        if (i + 1 == input.len && !at_end) {
            return CSV_NEED_MORE;
        }
        if (i + 1 == input.len || input.ptr[i + 1] != '"') {
            break;
        }
        doubled = true;
        i += 2;
    }
    for (const char *p = input.ptr + start; (p = memchr(p, '\n', (size_t) (input.ptr + i - p)));
         p++) {
        found->nlines++;
    }
    csv_add_cell(csv, found, input.ptr + start, i - start, doubled);
    found->quoted = true;
    *at = i + 1;
    return CSV_OK;
}

/* How many bytes the line break at `at` has: 0 where there is none, -1 where more must be seen. */
static int
line_break_bytes(struct slice input, bool at_end, size_t at)
{
    if (input.ptr[at] == '\n') {
        return 1;
    }
    if (input.ptr[at] != '\r') {
        return 0;
    }
    if (at + 1 == input.len) {
        return at_end ? 1 : -1;
    }
    return input.ptr[at + 1] == '\n' ? 2 : 0;
}

/* One pass over the record at the front of input. */
static enum csv_status
csv_scan(struct csv *csv, struct slice input, bool at_end, struct extent *found, struct error *err)
{
    *found = (struct extent){0};
    size_t at = 0;
    for (;;) {
        if (at < input.len && input.ptr[at] == '"') {
            at++;
            enum csv_status status = csv_scan_quoted(csv, input, at_end, &at, found, err);
            if (status != CSV_OK) {
                return status;
            }
        } else {
            size_t start = at;
            while (at < input.len && input.ptr[at] != ',' && input.ptr[at] != '\n' &&
                   (input.ptr[at] != '\r' || line_break_bytes(input, at_end, at) == 0)) {
                at++;
            }
            csv_add_cell(csv, found, input.ptr + start, at - start, false);
        }
        if (at == input.len) {
            found->end = at;
            return at_end ? CSV_OK : CSV_NEED_MORE;
        }
        if (input.ptr[at] == ',') {
            at++;
            continue;
        }
        int nbytes = line_break_bytes(input, at_end, at);
        if (nbytes < 0) {
            return CSV_NEED_MORE;
        }
        if (nbytes == 0) {
            error_set(err, "CSV", "text behind a closing quote (a quote inside quotes is doubled)");
            return CSV_BAD;
        }
        found->nlines++;
        found->end = at + (size_t) nbytes;
        return CSV_OK;
    }
}

/* Copies the cells with doubled quotes, each pair made one. They lie inside the record. */
static void
csv_undouble(struct csv *csv, const struct extent *found)
{
    strbuf_clear(&csv->unquoted);
    strbuf_reserve(&csv->unquoted, found->end); /* so the copies do not move while more are made */
    for (size_t i = 0; i < found->ncells; i++) {
        if (!csv->doubled[i]) {
            continue;
        }
        struct slice cell = csv->cells[i];
        size_t start = csv->unquoted.len;
        for (size_t at = 0; at < cell.len; at++) {
            strbuf_append_char(&csv->unquoted, cell.ptr[at]);
            at += cell.ptr[at] == '"';
        }
        csv->cells[i] = slice_of(csv->unquoted.ptr + start, csv->unquoted.len - start);
    }
}

/* Drops what must not be parsed: a byte order mark, the rest of a bad line. False: more is needed.
 */
static bool
csv_skip(struct csv *csv, struct slice input, bool at_end, size_t *consumed)
{
    static const char bom[] = "\xef\xbb\xbf";
    *consumed = 0;
    if (!csv->started) {
        size_t seen = input.len < 3 ? input.len : 3;
        bool like_bom = memcmp(input.ptr, bom, seen) == 0;
        if (like_bom && seen < 3 && !at_end) {
            return false;
        }
        csv->started = true;
        *consumed = like_bom && seen == 3 ? 3 : 0;
    }
    if (csv->skipping) {
        const char *end = memchr(input.ptr, '\n', input.len);
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
    if (input.len == 0 || !csv_skip(csv, input, at_end, consumed)) {
        *consumed = input.len ? *consumed : 0;
        return CSV_NEED_MORE;
    }
    for (;;) {
        struct slice rest = slice_of(input.ptr + *consumed, input.len - *consumed);
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
        *record = (struct csv_record){csv->cells, found.ncells, csv->line};
        if (status == CSV_NEED_MORE) {
            return CSV_NEED_MORE;
        }
        if (status == CSV_BAD) {
            csv->skipping = true;
            return CSV_BAD;
        }
        *consumed += found.end;
        csv->line += found.nlines;
        if (found.ncells == 1 && csv->cells[0].len == 0 && !found.quoted) {
            continue; /* an empty line */
        }
        if (found.ndoubled) {
            csv_undouble(csv, &found);
        }
        return CSV_OK;
    }
}
