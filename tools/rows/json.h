/*
 * JSON as records, from bytes that arrive in pieces: an array of objects, or objects one behind the
 * other (NDJSON), or several arrays.
 *
 *     struct json *json = json_new(row, rows_in);
 *     while ((status = json_next(json, input, at_end, &consumed, &record, &err)) == JSON_OK) {
 *         use(record.cells, record.ncells);
 *         input = the same bytes less `consumed`
 *     }
 *
 *     [{"a":1},{"a":null,"b":"x"}]     ->  row 1: {1}   row 2: {} {x}
 *     {"a":1}\n{"a":2}                 ->  row 1: {1}   row 2: {2}
 *
 * Blanks, a byte order mark at the start and record separators (RFC 7464) stand between records. The
 * parser is libyajl; what rows are made of is json_row.h's.
 */
#ifndef QUIPU_TOOLS_ROWS_JSON_H
#define QUIPU_TOOLS_ROWS_JSON_H

#include "tools/rows/json_row.h"

/* A record longer than this is none. */
enum { JSON_RECORD_BYTES_MOST = 64 << 20 };

enum json_status {
    JSON_OK,
    JSON_NEED_MORE,
    JSON_BAD,    /* it is no row, or malformed; the next call goes on behind it */
    JSON_BROKEN, /* nothing behind it can be read */
    JSON_END
};

struct json;

/* rows_in: the member, of an object, that is the array of rows; names of nested ones are joined by
 * points. NULL: rows are not in an object. Both are borrowed. The caller frees it. */
struct json *json_new(struct json_row *row, const char *rows_in);
/* NULL is fine. */
void json_free(struct json *json);
/* The next call begins at the start of the text again. */
void json_restart(struct json *json);

/*
 * Takes the next record off the front of input; *consumed is how many bytes the caller must drop,
 * whatever the answer. at_end says that nothing comes behind input. Bytes that were not dropped
 * stand at the front of the next call's input; they are not parsed again.
 *
 *   JSON_OK, JSON_BAD   *record is filled, or its place
 *   JSON_NEED_MORE      call again with more bytes behind what is left
 *
 * err: JSON, or ENCODING; it names the line and the column (a byte, from 1).
 */
enum json_status json_next(struct json *json, struct slice input, bool at_end, size_t *consumed,
                           struct source_record *record, struct error *err) QUIPU_MUST_CHECK;

/* The record before was an object that stands in no array. */
bool json_is_alone(const struct json *json);

#endif
