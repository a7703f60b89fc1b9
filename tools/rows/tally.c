/*
 * Counts of what stands in cells. in: records; out: each field's kind, and what looks amiss.
 *
 *     12   NA   7   NA    ->  2 numbers, and 2 cells are 'NA' among them
 *     1,234   5,678       ->  2 numbers with thousands separated by ','
 */
#include "tools/rows/tally.h"

#include <stdlib.h>

#include "base/date.h"
#include "base/must.h"
#include "base/number.h"
#include "tools/rows/missing.h"
#include "tools/rows/numeral.h"

enum { SAMPLE_RECORDS = 1000, NOTES_MOST = 20 };

struct field_tally {
    struct slice name;
    uint64_t nfilled;
    uint64_t nseen, nnumbers, ndates, ngrouped; /* of those that were looked at */
    uint64_t nmissing[MISSING_NWORDS];
    char separator; /* between the thousands of the first number that has one */
    char examples[TALLY_EXAMPLES][TALLY_EXAMPLE_BYTES];
    size_t example_lens[TALLY_EXAMPLES], nexamples;
};

struct tally {
    bool is_full;
    uint64_t nrecords;
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
add_example(struct field_tally *field, struct slice cell)
{
    size_t len = cell.len < TALLY_EXAMPLE_BYTES ? cell.len : TALLY_EXAMPLE_BYTES;
    for (size_t i = 0; i < field->nexamples; i++) {
        if (slice_equal(slice_of(field->examples[i], field->example_lens[i]),
                        slice_of(cell.ptr, len))) {
            return;
        }
    }
    memcpy(field->examples[field->nexamples], cell.ptr, len);
    field->example_lens[field->nexamples++] = len;
}

static void
look_at(struct field_tally *field, struct slice cell)
{
    struct date date;
    char separator;
    field->nseen++;
    if (number_is_numeral(cell)) {
        field->nnumbers++;
    } else if (numeral_is_grouped(cell, &separator)) {
        field->separator = field->ngrouped ? field->separator : separator;
        field->ngrouped++;
    } else if (date_read(cell, &date)) {
        field->ndates++;
    }
    if (field->nexamples < TALLY_EXAMPLES) {
        add_example(field, cell);
    }
}

void
tally_add(struct tally *tally, const struct source_field *fields, size_t nfields,
          const struct source_record *record)
{
    bool is_looked_at = tally->is_full || tally->nrecords < SAMPLE_RECORDS;
    tally->nrecords++;
    add_fields(tally, fields, nfields);
    for (size_t i = 0; i < record->ncells; i++) {
        struct slice cell = record->cells[i];
        if (cell.len == 0) {
            continue;
        }
        struct field_tally *field = &tally->fields[i];
        int word = missing_word(cell);
        field->nfilled++;
        if (word >= 0) {
            field->nmissing[word]++;
        } else if (is_looked_at) {
            look_at(field, cell);
        }
    }
}

/* ---- what is said ---- */

static bool
is_mostly(uint64_t n, const struct field_tally *field)
{
    return n && n * 2 > field->nseen;
}

static void
note_missing(const struct field_tally *field, struct strbuf *out)
{
    char quoted[ERROR_QUOTE_BYTES];
    for (int word = 0; word < MISSING_NWORDS; word++) {
        if (field->nmissing[word]) {
            const char *name = missing_word_name(word);
            uint64_t n = field->nmissing[word];
            strbuf_printf(out, "%llu %s of %s %s '%s' among numbers: --na '%s' makes %s missing\n",
                          (unsigned long long) n, n == 1 ? "cell" : "cells",
                          error_quote(quoted, field->name), n == 1 ? "is" : "are", name, name,
                          n == 1 ? "it" : "them");
        }
    }
}

static void
note_thousands(const struct tally *tally, const struct field_tally *field, struct strbuf *out)
{
    char quoted[ERROR_QUOTE_BYTES];
    strbuf_printf(out,
                  "%s%s has '%c' between thousands in %llu %s, so they are text: --thousands '%c' "
                  "makes them numbers\n",
                  error_quote(quoted, field->name),
                  tally->is_full || tally->nrecords <= SAMPLE_RECORDS ? ""
                                                                      : " in the first 1,000 rows",
                  field->separator, (unsigned long long) field->ngrouped,
                  field->ngrouped == 1 ? "cell" : "cells", field->separator);
}

void
tally_notes(const struct tally *tally, struct strbuf *out)
{
    int n = 0;
    for (size_t i = 0; i < tally->nfields; i++) {
        const struct field_tally *field = &tally->fields[i];
        bool has_missing = false;
        for (int word = 0; word < MISSING_NWORDS; word++) {
            has_missing |= field->nmissing[word] > 0;
        }
        bool is_number = is_mostly(field->nnumbers + field->ngrouped, field);
        if (n == NOTES_MOST && is_number && (has_missing || field->ngrouped)) {
            strbuf_append_str(out, "further fields have such cells, too: --dry-run shows all\n");
            return;
        }
        if (is_number && has_missing) {
            note_missing(field, out);
        }
        if (is_number && field->ngrouped) {
            note_thousands(tally, field, out);
        }
        n += is_number && (has_missing || field->ngrouped) && !tally->is_full;
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
    if (field->nseen == 0) {
        strbuf_append_str(out, "empty");
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        uint64_t nothers = field->nseen - kinds[i].n;
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
        strbuf_append(out, slice_of(field->examples[i], field->example_lens[i]));
    }
}
