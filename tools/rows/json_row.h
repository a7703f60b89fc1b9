/*
 * A row of a JSON object, from a parser's events, and the fields that all rows together have.
 *
 *     json_row_begin(row)
 *     json_row_open(row, false, 1); json_row_key(row, "a"); json_row_value(row, "1"); ...
 *     json_row_finish(row, text, &cells, &ncells, &err)
 *
 *     {"sex":"f", "at":{"city":"Ulm"}, "langs":["de","en"]}   ->  sex f   at.city Ulm   langs de|en
 *
 * - null, an empty text, an empty array and a name that is absent are all a missing value: an empty
 *   cell. With keeps_empty_texts an empty text is one, and so is an array without values. true and false are texts. A number is the text that stands in the file.
 * - An array of scalars is a cell of several values, with a separator between them that stands in no
 *   value of its field so far; the field has it (source_field).
 * - An array that holds arrays or objects is its own JSON text.
 */
#ifndef QUIPU_TOOLS_ROWS_JSON_ROW_H
#define QUIPU_TOOLS_ROWS_JSON_ROW_H

#include "tools/rows/format.h"

enum {
    JSON_DEPTH_MOST = 64,     /* objects and arrays, one in the other */
    JSON_FIELDS_MOST = 10000, /* of all rows together */
};

struct json_row;

/* Fields' names live in the arena. The options' separators are borrowed. The caller frees it. */
struct json_row *json_row_new(const struct source_options *options, struct arena *arena);
/* NULL is fine. */
void json_row_free(struct json_row *row);

/* Forgets the record before. */
void json_row_begin(struct json_row *row);
/* Events, in the record's order. Texts are copied. A value whose ptr is NULL is null. */
void json_row_key(struct json_row *row, struct slice name);
void json_row_value(struct json_row *row, struct slice text, bool is_string);
/* at: where the bracket stands in the record; end: behind it. */
void json_row_open(struct json_row *row, bool is_array, size_t at);
void json_row_close(struct json_row *row, size_t end);
/* The record's value has ended. */
bool json_row_is_whole(const struct json_row *row);
/* It goes deeper than JSON_DEPTH_MOST, or there are more fields than JSON_FIELDS_MOST: reading on
 * makes no sense. json_row_finish says so. */
bool json_row_is_beyond(const struct json_row *row);

/*
 * The record's cells in the order of the fields, borrowed until json_row_begin. text: the record, as
 * it stands in the file, of which cells may be parts. Fails with JSON: it is no row; the message says
 * why.
 */
bool json_row_finish(struct json_row *row, struct slice text, const struct slice **cells,
                     size_t *ncells, struct error *err) QUIPU_MUST_CHECK;

/* The fields so far: borrowed until the next event. */
const struct source_field *json_row_fields(const struct json_row *row, size_t *nfields);
/* Whether this record holds an object or an array. */
bool json_row_is_deep(const struct json_row *row);
/* The first field of this record that holds objects in an array; empty: none does. */
struct slice json_row_objects(const struct json_row *row);

#endif
