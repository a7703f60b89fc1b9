/*
 * Tells numbers, dates and text apart. in: all cells; out: a kind for each column.
 *
 *     1, 2.0, 17                 integer
 *     1, 0.1                     number
 *     1, 007                     text: 007 is a code. A note says so
 *     2012-06-01                 date
 *     2012-06-01T09:30:00        datetime
 */
#include "tools/export/kinds.h"

#include "base/date.h"
#include "base/double.h"
#include "base/number.h"
#include "tools/export/plain_text.h"

enum { DATE_BYTES = 10, DATETIME_BYTES = 19, SHORT_DIGITS = 15 };

struct tally {
    uint64_t nvalues, nnumbers, nintegers, ndates, ndatetimes;
    int64_t least, most;
    unsigned fraction_digits;
    size_t bytes_most;
    struct slice first_other; /* the first value that is no number, cut; in the arena */
};

struct kinds {
    struct arena *arena;
    struct export_table *table;
    struct tally *tallies;
    uint64_t nrows;
    struct strbuf buffer;
};

struct kinds *
kinds_new(struct arena *arena, struct export_table *table)
{
    struct kinds *kinds = arena_alloc(arena, sizeof *kinds);
    kinds->arena = arena;
    kinds->table = table;
    kinds->tallies = arena_array(arena, table->ncolumns, sizeof *kinds->tallies);
    strbuf_init(&kinds->buffer);
    return kinds;
}

void
kinds_fini(struct kinds *kinds)
{
    strbuf_fini(&kinds->buffer);
}

bool
kinds_read_number(struct slice text, struct strbuf *buffer, struct slice *canonical)
{
    strbuf_clear(buffer);
    *canonical = value_canonical_buffered(buffer, text);
    if (!number_is_canonical(*canonical)) {
        return false;
    }
    if (canonical->len <= SHORT_DIGITS) { /* any decimal of 15 digits comes back */
        return true;
    }
    struct strbuf shortest, plain; /* 1e-13, 0.0000000000001 */
    strbuf_init(&shortest);
    strbuf_init(&plain);
    double_print(&shortest, double_read(*canonical));
    bool is_same =
        slice_equal(value_canonical_buffered(&plain, strbuf_slice(&shortest)), *canonical);
    strbuf_fini(&shortest);
    strbuf_fini(&plain);
    return is_same;
}

static unsigned
fraction_digits(struct slice number)
{
    const char *point = memchr(number.ptr, '.', number.len);
    return point ? (unsigned) (number.ptr + number.len - point - 1) : 0;
}

static void
tally_number(struct tally *tally, struct slice number)
{
    enum { DOUBLE_BITS = 53 };
    int64_t integer;
    tally->nnumbers++;
    unsigned digits = fraction_digits(number);
    tally->fraction_digits = digits > tally->fraction_digits ? digits : tally->fraction_digits;
    if (digits || !slice_to_int64(number, &integer) || integer > INT64_C(1) << DOUBLE_BITS ||
        integer < -(INT64_C(1) << DOUBLE_BITS)) {
        return;
    }
    bool is_first = tally->nintegers++ == 0;
    tally->least = is_first || integer < tally->least ? integer : tally->least;
    tally->most = is_first || integer > tally->most ? integer : tally->most;
}

static void
tally_add(struct kinds *kinds, struct tally *tally, struct slice text)
{
    enum { SHOWN_BYTES = 40 };
    struct slice number;
    struct date date;
    tally->nvalues++;
    size_t bytes = plain_text_bytes(text);
    tally->bytes_most = bytes > tally->bytes_most ? bytes : tally->bytes_most;
    if (kinds_read_number(text, &kinds->buffer, &number)) {
        tally_number(tally, number);
        return;
    }
    if (!tally->first_other.ptr) {
        size_t len = text.len < SHOWN_BYTES ? text.len : SHOWN_BYTES;
        tally->first_other = arena_copy(kinds->arena, slice_of(text.ptr, len));
    }
    if (text.len == DATE_BYTES && date_read(text, &date)) {
        tally->ndates++;
    } else if (text.len == DATETIME_BYTES && text.ptr[DATE_BYTES] == 'T' &&
               text.ptr[DATETIME_BYTES - 3] == ':' && date_read(text, &date)) {
        tally->ndatetimes++;
    }
}

void
kinds_add(struct kinds *kinds, const struct slice *cells)
{
    kinds->nrows++;
    for (size_t i = 0; i < kinds->table->ncolumns; i++) {
        if (cells[i].ptr) {
            tally_add(kinds, &kinds->tallies[i], cells[i]);
        }
    }
}

static enum column_kind
kind_of(const struct tally *tally)
{
    uint64_t n = tally->nvalues;
    return n == 0                   ? COLUMN_TEXT
           : tally->nintegers == n  ? COLUMN_INTEGER
           : tally->nnumbers == n   ? COLUMN_NUMBER
           : tally->ndates == n     ? COLUMN_DATE
           : tally->ndatetimes == n ? COLUMN_DATETIME
                                    : COLUMN_TEXT;
}

void
kinds_end(struct kinds *kinds, struct strbuf *notes)
{
    kinds->table->nrows = kinds->nrows;
    for (size_t i = 0; i < kinds->table->ncolumns; i++) {
        struct export_column *column = &kinds->table->columns[i];
        const struct tally *tally = &kinds->tallies[i];
        bool is_text = column->is_key || column->separator.len || kinds->table->is_all_text;
        column->kind = is_text ? COLUMN_TEXT : kind_of(tally);
        column->nvalues = tally->nvalues;
        column->least = tally->least;
        column->most = tally->most;
        column->fraction_digits = tally->fraction_digits;
        column->bytes_most = tally->bytes_most;
        if (!is_text && column->kind == COLUMN_TEXT && tally->nnumbers) {
            char value[ERROR_QUOTE_BYTES];
            strbuf_printf(notes, "'%.*s' is text: it has numbers, and others, as %s\n",
                          SLICE_ARG(column->name), error_quote(value, tally->first_other));
        }
    }
}
