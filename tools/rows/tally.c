/*
 * Counts of what stands in cells. in: records; out: each field's kind, and what looks amiss.
 *
 *     12   NA   7   NA    ->  2 numbers, and 2 cells are 'NA' among them
 *     1,234   5,678       ->  2 numbers with thousands separated by ','
 *     12   kg   7         ->  1 cell is text among numbers: 'kg' in line 3
 */
#include "tools/rows/tally.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/must.h"
#include "base/utf8.h"
#include "tools/rows/empty_text.h"
#include "tools/rows/missing.h"
#include "tools/rows/numeral.h"
#include "tools/rows/source.h"

enum { NOTES_MOST = 20 };

/* The first cell of a kind, cut off. */
struct example {
    uint64_t place;
    char text[TALLY_EXAMPLE_BYTES];
    size_t len;
};

struct field_tally {
    struct slice name;
    uint64_t nfilled;
    uint64_t nnumbers, ngrouped, ncommas; /* of those that are no word for a missing value */
    uint64_t nmissing[MISSING_NWORDS];
    uint64_t nadorned, nother_dates;      /* 12 %, 31.12.2024: of the others */
    struct example grouped, comma, other; /* other: none of them */
    struct example adorned, other_date;
    char separator;  /* between the thousands of `grouped` */
    uint64_t ndates; /* of a full tally */
    struct example examples[TALLY_EXAMPLES];
    size_t nexamples;
};

struct tally {
    bool is_full;
    struct field_tally *fields;
    size_t nfields, capacity;
};

struct tally *
tally_new(bool is_full)
{
    struct tally *tally = must_alloc(sizeof *tally);
    tally->is_full = is_full;
    return tally;
}

void
tally_free(struct tally *tally)
{
    if (tally) {
        free(tally->fields);
        free(tally);
    }
}

static void
add_fields(struct tally *tally, const struct source_field *fields, size_t nfields)
{
    while (tally->nfields < nfields) {
        tally->fields =
            must_room(tally->fields, tally->nfields, &tally->capacity, sizeof *tally->fields);
        tally->fields[tally->nfields] = (struct field_tally){.name = fields[tally->nfields].name};
        tally->nfields++;
    }
}

static void
example_set(struct example *example, struct slice cell, uint64_t place)
{
    example->place = place;
    cell = utf8_cut(cell, TALLY_EXAMPLE_BYTES);
    example->len = cell.len;
    memcpy(example->text, cell.ptr, example->len);
}

static struct slice
example_slice(const struct example *example)
{
    return slice_of(example->text, example->len);
}

/* For a page that shows what fields are. */
static void
look_closer(struct field_tally *field, struct slice cell, enum numeral_kind kind)
{
    struct date date;
    if (kind == NUMERAL_NONE && date_read(cell, &date)) {
        field->ndates++;
    }
    if (field->nexamples == TALLY_EXAMPLES) {
        return;
    }
    struct example *example = &field->examples[field->nexamples];
    example_set(example, cell, 0);
    for (size_t i = 0; i < field->nexamples; i++) {
        if (slice_equal(example_slice(&field->examples[i]), example_slice(example))) {
            return;
        }
    }
    field->nexamples++;
}

/*
 * A date of three parts that is none as the language has them: 31.12.2024, 12/31/24, 2024-1-5.
 * Versions, as 1.2.3, and codes are none: the year has four digits, or all parts have two.
 */
static bool
is_other_date(struct slice text)
{
    size_t ndigits[3] = {0};
    int values[3] = {0}, part = 0;
    char mark = 0;
    if (text.len >= 8 && text.ptr[4] == '-' && text.ptr[7] == '-') {
        return false; /* 2024-12-31 */
    }
    for (size_t i = 0; i < text.len && text.ptr[i] != ' ' && text.ptr[i] != 'T'; i++) {
        char c = text.ptr[i];
        if (c >= '0' && c <= '9' && ndigits[part] < 4) {
            values[part] = values[part] * 10 + (c - '0');
            ndigits[part]++;
        } else if (part < 2 && ndigits[part] && (mark ? c == mark : memchr("./-", c, 3) != NULL)) {
            mark = c;
            part++;
        } else {
            return false;
        }
    }
    bool is_year_first = ndigits[0] == 4, is_year_last = ndigits[2] == 4;
    bool is_short = mark != '-' && ndigits[0] == 2 && ndigits[1] == 2 && ndigits[2] == 2;
    int other = values[is_year_first ? 2 : 0], middle = values[1];
    bool has_day =
        other >= 1 && other <= 31 && middle >= 1 && middle <= 31 && (other <= 12 || middle <= 12);
    return part == 2 && has_day && is_year_first + is_year_last + is_short == 1;
}

/* Text that may be meant as a number or a date. A word costs a look at its ends. */
static void
look_at_text(struct field_tally *field, struct slice cell, uint64_t place)
{
    char first = cell.ptr[0], last = cell.ptr[cell.len - 1];
    bool is_digit_first = first >= '0' && first <= '9', is_digit_last = last >= '0' && last <= '9';
    if (is_digit_first && is_digit_last) {
        if (is_other_date(cell) && field->nother_dates++ == 0) {
            example_set(&field->other_date, cell, place);
        }
    } else if ((is_digit_first || is_digit_last || first == '(') && numeral_is_adorned(cell) &&
               field->nadorned++ == 0) {
        example_set(&field->adorned, cell, place);
    }
}

static enum numeral_kind
look_at(struct field_tally *field, struct slice cell, uint64_t place)
{
    char separator;
    enum numeral_kind kind = numeral_kind(cell, &separator);
    switch (kind) {
    case NUMERAL_NUMBER: field->nnumbers++; break;
    case NUMERAL_GROUPED:
        if (field->ngrouped++ == 0) {
            field->separator = separator;
            example_set(&field->grouped, cell, place);
        }
        break;
    case NUMERAL_COMMA:
        if (field->ncommas++ == 0) {
            example_set(&field->comma, cell, place);
        }
        break;
    case NUMERAL_NONE:
        if (field->other.place == 0) {
            example_set(&field->other, cell, place);
        }
        look_at_text(field, cell, place);
        break;
    }
    return kind;
}

void
tally_add(struct tally *tally, const struct source_field *fields, size_t nfields,
          const struct source_record *record)
{
    add_fields(tally, fields, nfields);
    for (size_t i = 0; i < record->ncells; i++) {
        struct slice cell = record->cells[i];
        if (!cell_is_filled(cell)) {
            continue;
        }
        struct field_tally *field = &tally->fields[i];
        field->nfilled++;
        if (!cell.len) {
            continue;
        }
        int word = missing_word(cell);
        if (word >= 0) {
            field->nmissing[word]++;
            continue;
        }
        enum numeral_kind kind = look_at(field, cell, record->place);
        if (tally->is_full) {
            look_closer(field, cell, kind);
        }
    }
}

/* ---- what is said ---- */

static uint64_t
nmissing_words(const struct field_tally *field)
{
    uint64_t n = 0;
    for (int word = 0; word < MISSING_NWORDS; word++) {
        n += field->nmissing[word];
    }
    return n;
}

/* Cells that are no word for a missing value. */
static uint64_t
nvalues(const struct field_tally *field)
{
    return field->nfilled - nmissing_words(field);
}

static bool
is_mostly(uint64_t n, const struct field_tally *field)
{
    return n && n * 2 > nvalues(field);
}

static uint64_t
nnumerals(const struct field_tally *field)
{
    return field->nnumbers + field->ngrouped + field->ncommas;
}

/* "1 cell of 'Pulse' is", "45 cells of 'Pulse' are" */
static void
note_start(const struct field_tally *field, uint64_t n, struct strbuf *out)
{
    char quoted[ERROR_QUOTE_BYTES];
    strbuf_printf(out, "%llu %s of %s %s ", (unsigned long long) n, n == 1 ? "cell" : "cells",
                  error_quote(quoted, field->name), n == 1 ? "is" : "are");
}

static void
note_missing(const struct field_tally *field, struct strbuf *out)
{
    for (int word = 0; word < MISSING_NWORDS; word++) {
        uint64_t n = field->nmissing[word];
        const char *name = missing_word_name(word);
        if (n) {
            note_start(field, n, out);
            strbuf_printf(out, "'%s' among numbers: --na '%s' makes %s missing\n", name, name,
                          n == 1 ? "it" : "them");
        }
    }
}

/* "'.'", or the name of a space that does not look like another one. */
static const char *
separator_name(const struct field_tally *field, char quoted[4])
{
    static const struct {
        struct slice bytes;
        const char *name;
    } spaces[] = {{SLICE_LIT("\xc2\xa0"), "a no-break space (U+00A0)"},
                  {SLICE_LIT("\xe2\x80\xaf"), "a narrow no-break space (U+202F)"},
                  {SLICE_LIT("\xe2\x80\x89"), "a thin space (U+2009)"}};
    struct slice cell = example_slice(&field->grouped);
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (memmem(cell.ptr, cell.len, spaces[i].bytes.ptr, spaces[i].bytes.len)) {
            return spaces[i].name;
        }
    }
    snprintf(quoted, 4, "'%c'", field->separator);
    return quoted;
}

static void
note_thousands(const struct field_tally *field, struct strbuf *out)
{
    char quoted[ERROR_QUOTE_BYTES], name[4];
    char separator[] = {field->separator, '\0'};
    strbuf_printf(out,
                  "%s has %s between thousands in %llu %s, so they are text: --thousands %s%s%s "
                  "makes them numbers\n",
                  error_quote(quoted, field->name), separator_name(field, name),
                  (unsigned long long) field->ngrouped, field->ngrouped == 1 ? "cell" : "cells",
                  *separator == '\'' ? "\"" : "'", separator, *separator == '\'' ? "\"" : "'");
}

static void
note_example(const struct example *example, uint64_t n, const struct source *source,
             struct strbuf *out)
{
    char quoted[ERROR_QUOTE_BYTES];
    strbuf_printf(out, "%s %s in %s %llu", n == 1 ? ":" : ", the first",
                  error_quote(quoted, example_slice(example)), source_unit(source),
                  (unsigned long long) example->place);
}

/* A field of numbers: which of its cells are none as they stand. */
static void
note_field(const struct field_tally *field, const struct source *source, struct strbuf *out)
{
    /* 1,500 among 1,5 */
    bool are_commas_decimal = field->ncommas && field->separator == ',';
    uint64_t ncommas = field->ncommas + (are_commas_decimal ? field->ngrouped : 0);
    uint64_t nothers = nvalues(field) - nnumerals(field);
    note_missing(field, out);
    if (field->ngrouped && !are_commas_decimal) {
        note_thousands(field, out);
    }
    if (ncommas) {
        note_start(field, ncommas, out);
        strbuf_append_str(out, "text, with a decimal comma");
        note_example(&field->comma, ncommas, source, out);
        strbuf_printf(out, " (--decimal ',' makes %s)\n",
                      ncommas == 1 ? "it a number" : "them numbers");
    }
    if (nothers && !source_has_separator(source, field->name)) {
        note_start(field, nothers, out);
        strbuf_append_str(out, "text among numbers");
        note_example(&field->other, nothers, source, out);
        strbuf_append_char(out, '\n');
    }
}

/* A field of text that is meant as numbers or dates: it is counted as text. */
static void
note_text(const struct field_tally *field, const struct source *source, struct strbuf *out)
{
    if (is_mostly(field->nadorned + nnumerals(field), field)) {
        note_start(field, field->nadorned, out);
        strbuf_append_str(out, "text, as more than a number stands in ");
        strbuf_append_str(out, field->nadorned == 1 ? "it" : "them");
        note_example(&field->adorned, field->nadorned, source, out);
        strbuf_append_char(out, '\n');
    } else if (is_mostly(field->nother_dates, field)) {
        note_start(field, field->nother_dates, out);
        strbuf_append_str(out, "text, and no dates");
        note_example(&field->other_date, field->nother_dates, source, out);
        strbuf_append_str(out, " (dates are written as 2024-12-31)\n");
    }
}

void
tally_notes(const struct tally *tally, const struct source *source, struct strbuf *out)
{
    int n = 0;
    for (size_t i = 0; i < tally->nfields; i++) {
        const struct field_tally *field = &tally->fields[i];
        size_t len = out->len;
        if (is_mostly(nnumerals(field), field)) {
            note_field(field, source, out);
        } else if (!source_has_separator(source, field->name)) {
            note_text(field, source, out);
        }
        if (n == NOTES_MOST && out->len > len) {
            out->len = len;
            strbuf_append_str(out, "further fields have such cells, too: --dry-run shows all\n");
            return;
        }
        n += out->len > len && !tally->is_full;
    }
}

uint64_t
tally_filled(const struct tally *tally, size_t field)
{
    return field < tally->nfields ? tally->fields[field].nfilled : 0;
}

void
tally_kind(const struct tally *tally, size_t at, struct strbuf *out)
{
    const struct field_tally *field = &tally->fields[at];
    const struct {
        const char *name;
        uint64_t n;
    } kinds[] = {{"number", field->nnumbers},
                 {"date", field->ndates},
                 {"number with thousands separated", field->ngrouped}};
    if (nvalues(field) == 0) {
        strbuf_append_str(out, "empty");
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint64_t nothers = nvalues(field) - kinds[i].n;
        if (nothers == 0) {
            strbuf_append_str(out, kinds[i].name);
            return;
        }
        if (is_mostly(kinds[i].n, field)) {
            strbuf_printf(out, "%s, but for %llu", kinds[i].name, (unsigned long long) nothers);
            return;
        }
    }
    strbuf_append_str(out, "text");
}

void
tally_examples(const struct tally *tally, size_t at, struct strbuf *out)
{
    const struct field_tally *field = &tally->fields[at];
    for (size_t i = 0; i < field->nexamples; i++) {
        strbuf_append_str(out, i ? ", " : "");
        strbuf_append(out, example_slice(&field->examples[i]));
    }
}
