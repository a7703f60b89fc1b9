/*
 * Compares an index with the rows, and with itself. in: a row as the keyspace has it, or nothing;
 * out: a line of text on the first difference.
 *
 * Example: profile_7 has age 31, the index 30: "row profile_7: field age is 31, the index has 30".
 * The row's 31.0 and the index's 31 are the same value.
 */
#include "columns/index_check.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/number.h"
#include "columns/index_parts.h"

static struct slice
field_value(const struct column *column, uint32_t code)
{
    struct dictionary_view view = dictionary_view(&column->dictionary);
    return value_text(dictionary_value(&view, code));
}

static bool
check_pair(struct index *index, struct slice name, uint32_t id, const struct index_pair *pair,
           uint32_t *nfields, struct strbuf *difference)
{
    struct column *column = index_known_column(index, pair->field);
    uint32_t code = column ? column_get(column, id) : 0;
    struct slice expected = value_canonical_buffered(&index->number, pair->value);
    if (code && slice_equal(field_value(column, code), expected)) {
        *nfields += column->mark != index->mark;
        column->mark = index->mark;
        return true;
    }
    char row[ERROR_QUOTE_BYTES], field[ERROR_QUOTE_BYTES], value[ERROR_QUOTE_BYTES];
    strbuf_printf(difference, "row %s: field %s is %s, ", error_quote(row, name),
                  error_quote(field, pair->field), error_quote(value, pair->value));
    if (code) {
        strbuf_printf(difference, "the index has %s",
                      error_quote(value, field_value(column, code)));
    } else {
        strbuf_append_str(difference, "the index has none");
    }
    return false;
}

bool
index_check_row(struct index *index, struct slice name, const struct index_pair *pairs,
                size_t npairs, struct strbuf *difference)
{
    char row[ERROR_QUOTE_BYTES], field[ERROR_QUOTE_BYTES], value[ERROR_QUOTE_BYTES];
    uint32_t id = index_find_row(index, name);
    if (id == IDMAP_NONE) {
        strbuf_printf(difference, "row %s: the index has no such row", error_quote(row, name));
        return false;
    }
    uint32_t nfields = 0;
    index->mark++;
    for (size_t i = 0; i < npairs; i++) {
        if (!check_pair(index, name, id, &pairs[i], &nfields, difference)) {
            return false;
        }
    }
    /* All columns are searched only if the index has more fields of the row than these. */
    bool has_more = names_nfields(&index->names, id) != nfields;
    for (uint32_t i = 0; has_more && i < index->ncolumns; i++) {
        const struct column *column = index->columns[i];
        uint32_t code = column->mark == index->mark ? 0 : column_get(column, id);
        if (code) {
            strbuf_printf(difference, "row %s: the index has field %s, %s, which the row has not",
                          error_quote(row, name), error_quote(field, column->name),
                          error_quote(value, field_value(column, code)));
            return false;
        }
    }
    return true;
}

/* Counts each code of a column, and fields per row; the chunks must be in order. */
static bool
check_chunks(const struct index *index, const struct column *column, uint32_t *rows_of_code,
             uint32_t *nfields, struct strbuf *difference)
{
    uint64_t rows = 0;
    uint32_t nchunks = (index->names.nids + CHUNK_ROWS - 1ull) >> CHUNK_BITS;
    for (uint32_t i = 0; i < nchunks; i++) {
        const struct chunk *chunk = table_chunk(column->table, i);
        const char *reason;
        if (!chunk_check(chunk, &reason)) {
            strbuf_printf(difference, "field '%.*s', chunk %u: %s", SLICE_ARG(column->name), i,
                          reason);
            return false;
        }
        rows += chunk->rows;
        for (uint32_t row = 0; chunk->kind != CHUNK_EMPTY && row < CHUNK_ROWS; row++) {
            uint32_t code = chunk_get(chunk, row);
            uint64_t id = (uint64_t) i << CHUNK_BITS | row;
            if (code > column->dictionary.ncodes || (code && id >= index->names.nids)) {
                strbuf_printf(difference, "field '%.*s', chunk %u: code %u in row %u",
                              SLICE_ARG(column->name), i, code, row);
                return false;
            }
            rows_of_code[code]++;
            if (code) {
                nfields[id]++;
            }
        }
    }
    if (rows != column->rows) {
        strbuf_printf(difference, "field '%.*s': %llu rows, its chunks have %llu",
                      SLICE_ARG(column->name), (unsigned long long) column->rows,
                      (unsigned long long) rows);
    }
    return rows == column->rows;
}

static bool
check_column(const struct index *index, struct column *column, uint32_t *nfields,
             struct strbuf *difference)
{
    struct dictionary *dictionary = &column->dictionary;
    uint32_t *rows_of_code = calloc((size_t) dictionary->ncodes + 1, sizeof *rows_of_code);
    bool *is_free = calloc((size_t) dictionary->ncodes + 1, sizeof *is_free);
    bool ok =
        rows_of_code && is_free && check_chunks(index, column, rows_of_code, nfields, difference);
    for (uint32_t code = dictionary->free_code; ok && code;
         code = dictionary_rows(dictionary, code)) {
        is_free[code] = true;
    }
    uint32_t nvalues = 0;
    for (uint32_t code = 1; ok && code <= dictionary->ncodes; code++) {
        uint32_t rows = is_free[code] ? 0 : dictionary_rows(dictionary, code);
        struct slice text = field_value(column, code);
        ok = rows == rows_of_code[code] &&
             (is_free[code] || dictionary_code(dictionary, text) == code);
        nvalues += !is_free[code];
        if (!ok) {
            strbuf_printf(difference, "field '%.*s': code %u has %u rows, the dictionary says %u",
                          SLICE_ARG(column->name), code, rows_of_code[code], rows);
        }
    }
    if (ok && nvalues != dictionary->nvalues) {
        strbuf_printf(difference, "field '%.*s': %u values, not %u", SLICE_ARG(column->name),
                      nvalues, dictionary->nvalues);
        ok = false;
    }
    free(rows_of_code);
    free(is_free);
    return ok;
}

static bool
check_names(struct index *index, const uint32_t *nfields, struct strbuf *difference)
{
    uint64_t nrows = 0;
    for (uint32_t id = 0; id < index->names.nids; id++) {
        struct slice name;
        bool is_row = names_text(&index->names, id, &name);
        bool has_row = column_get(&index->rows, id) != 0;
        nrows += is_row;
        if (is_row != has_row || (is_row && index_find_row(index, name) != id)) {
            strbuf_printf(difference, "row id %u: its name is not found", id);
            return false;
        }
        if (!is_row && column_get(&index->marks, id)) {
            strbuf_printf(difference, "row id %u: a mark, and no row", id);
            return false;
        }
        uint32_t expected = nfields[id] < NAMES_FIELDS_MOST ? nfields[id] : NAMES_FIELDS_MOST;
        uint32_t known = is_row ? names_nfields(&index->names, id) : 0;
        if (known != expected && !(is_row && known == NAMES_FIELDS_MOST)) {
            strbuf_printf(difference, "row id %u: %u fields, not %u", id, nfields[id], known);
            return false;
        }
    }
    if (nrows != index->rows.rows || nrows != index->names.map.count) {
        strbuf_printf(difference, "%llu rows have names, %llu are known",
                      (unsigned long long) nrows, (unsigned long long) index->rows.rows);
        return false;
    }
    return true;
}

bool
index_check(struct index *index, struct strbuf *difference)
{
    uint32_t *nfields = calloc((size_t) index->names.nids + 1, sizeof *nfields);
    bool ok = nfields != NULL;
    for (uint32_t i = 0; ok && i < index->ncolumns; i++) {
        ok = check_column(index, index->columns[i], nfields, difference);
    }
    ok = ok && check_names(index, nfields, difference);
    free(nfields);
    return ok;
}
