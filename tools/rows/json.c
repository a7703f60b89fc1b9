/*
 * Records of a JSON text. in: bytes; out: rows.
 *
 *     between --'{', any value--> record --whole--> between        a row
 *     between --'['--> between, in an array --']'--> between
 *     record --malformed, not in an array--> skipping --a line that begins with { or [--> between
 *     seeking --rows_in--> between, in an array --']'--> done
 *     record, between --malformed, in an array--> done
 *
 * What stands between records is read here. Each record has a yajl of its own, which is stopped by
 * its callback where the record's value ends, so that a malformed one harms no other. A record's
 * bytes stay in the caller's window until it has ended: cells may be parts of it, and a malformed
 * one is left at its first line.
 */
#include "tools/rows/json.h"

#include <stdlib.h>

#include <yajl/yajl_parse.h>

#include "base/must.h"
#include "base/utf8.h"
#include "tools/rows/json_seek.h"

enum state { SEEKING, BETWEEN, RECORD, SKIPPING_LINE, SKIPPING_TO_ROW, DONE };

struct json {
    struct json_row *row;
    const char *rows_in;
    enum state state;
    bool has_started; /* the byte order mark has been looked for */
    bool in_array, has_items, has_comma, was_alone;
    uint64_t nrows;
    /* Where the next byte of the caller's input stands. */
    uint64_t line, line_start, offset;
    uint64_t array_line;
    /* The record that is being parsed. */
    yajl_handle yajl;
    size_t nfed;            /* bytes of it that yajl has seen */
    struct json_seek *seek; /* NULL: rows are not in an object */
};

/* ---- events ---- */

/* 0 ends the parse. */
static int
go_on(const struct json *json)
{
    return !json_row_is_whole(json->row) && !json_row_is_beyond(json->row);
}

static size_t
event_end(const struct json *json)
{
    return json->nfed + yajl_get_bytes_consumed(json->yajl);
}

static int
on_null(void *arg)
{
    struct json *json = arg;
    json_row_value(json->row, (struct slice){0}, false);
    return go_on(json);
}

static int
on_boolean(void *arg, int is_true)
{
    struct json *json = arg;
    json_row_value(json->row, is_true ? slice_lit("true") : slice_lit("false"), false);
    return go_on(json);
}

static int
on_number(void *arg, const char *text, size_t len)
{
    struct json *json = arg;
    json_row_value(json->row, slice_of(text, len), false);
    return go_on(json);
}

static int
on_string(void *arg, const unsigned char *text, size_t len)
{
    struct json *json = arg;
    json_row_value(json->row, slice_of((const char *) text, len), true);
    return go_on(json);
}

static int
on_key(void *arg, const unsigned char *text, size_t len)
{
    struct json *json = arg;
    json_row_key(json->row, slice_of((const char *) text, len));
    return go_on(json);
}

static int
on_start_map(void *arg)
{
    struct json *json = arg;
    json_row_open(json->row, false, event_end(json) - 1);
    return go_on(json);
}

static int
on_start_array(void *arg)
{
    struct json *json = arg;
    json_row_open(json->row, true, event_end(json) - 1);
    return go_on(json);
}

static int
on_end(void *arg)
{
    struct json *json = arg;
    json_row_close(json->row, event_end(json));
    return go_on(json);
}

static const yajl_callbacks RECORD_EVENTS = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end,
    .yajl_start_array = on_start_array,
    .yajl_end_array = on_end,
};

static yajl_handle
yajl_new(const yajl_callbacks *events, struct json *json)
{
    yajl_handle yajl = must_have(yajl_alloc(events, NULL, json));
    /* utf8_is_valid does it: yajl lets surrogates pass. */
    yajl_config(yajl, yajl_dont_validate_strings, 1);
    return yajl;
}

static void
yajl_end(struct json *json)
{
    if (json->yajl) {
        yajl_free(json->yajl);
    }
    json->yajl = NULL;
    json->nfed = 0;
}

/* ---- places ---- */

/* These bytes at the front of the input are behind it now. */
static void
advance(struct json *json, struct slice bytes)
{
    for (const char *at = bytes.ptr, *end = bytes.ptr + bytes.len;
         at < end && (at = memchr(at, '\n', (size_t) (end - at))); at++) {
        json->line++;
        json->line_start = json->offset + (uint64_t) (at + 1 - bytes.ptr);
    }
    json->offset += bytes.len;
}

/* An error at the end of these bytes, which stand at the front of the input. */
static void
set_error(const struct json *json, struct slice bytes, struct error *err, const char *code,
          struct slice why)
{
    struct json here = {.line = json->line, .line_start = json->line_start, .offset = json->offset};
    advance(&here, bytes);
    (void) error_set(err, code, "line %llu, column %llu: %.*s", (unsigned long long) here.line,
                     (unsigned long long) (here.offset - here.line_start + 1), SLICE_ARG(why));
}

/* ---- between records ---- */

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\x1e';
}

/* The end of the input, between two records. */
static enum json_status
end_between(const struct json *json, struct error *err)
{
    if (!json->in_array) {
        return JSON_END;
    }
    (void) error_set(err, "JSON", "it ends within the array that begins in line %llu",
                     (unsigned long long) json->array_line);
    return JSON_BROKEN;
}

static void
begin_array(struct json *json)
{
    json->in_array = true;
    json->has_items = json->has_comma = false;
    json->array_line = json->line;
}

/*
 * A byte that is no blank: a bracket or a comma is taken. JSON_OK: a record begins here;
 * JSON_NEED_MORE: go on.
 */
static enum json_status
take_between(struct json *json, char c, struct error *err)
{
    if (c == '[' && !json->in_array) {
        begin_array(json);
        return JSON_NEED_MORE;
    }
    if (c == ']' && json->in_array && !json->has_comma) {
        json->in_array = false;
        json->state = json->rows_in ? DONE : BETWEEN;
        return JSON_NEED_MORE;
    }
    bool wants_comma = json->in_array && json->has_items && !json->has_comma;
    if (c == ',' && wants_comma) {
        json->has_comma = true;
        return JSON_NEED_MORE;
    }
    if (wants_comma || (json->has_comma && c == ']')) {
        set_error(json, slice_lit(""), err, "JSON",
                  wants_comma ? slice_lit("between rows stands a comma, and behind the last one ]")
                              : slice_lit("behind a comma stands a row"));
        return JSON_BROKEN;
    }
    return JSON_OK;
}

/* Over a byte order mark, and to the array that rows_in names. JSON_OK: it is there. */
static enum json_status
pass_start(struct json *json, struct slice input, bool at_end, size_t *at, struct error *err)
{
    if (!json->has_started) {
        if (input.len < UTF8_BOM_BYTES && !at_end) {
            return JSON_NEED_MORE;
        }
        json->has_started = true;
        *at = utf8_bom(input);
    }
    if (json->state != SEEKING) {
        return JSON_OK;
    }
    struct error bad = {0};
    size_t taken;
    struct slice bytes = slice_of(input.ptr + *at, input.len - *at);
    enum json_seek_status status = json_seek_run(json->seek, bytes, at_end, &taken, &bad);
    advance(json, slice_of(bytes.ptr, taken));
    *at += taken;
    if (status == JSON_SEEK_FOUND) {
        json->state = BETWEEN;
        begin_array(json);
        return JSON_OK;
    }
    if (status == JSON_SEEK_FAILED) {
        (void) error_set(err, bad.code, "line %llu: %s", (unsigned long long) json->line,
                         bad.message);
        return JSON_BROKEN;
    }
    return JSON_NEED_MORE;
}

/* Goes over what stands between records. JSON_OK: a record begins at *at. */
static enum json_status
pass_between(struct json *json, struct slice input, bool at_end, size_t *at, struct error *err)
{
    enum json_status started = pass_start(json, input, at_end, at, err);
    if (started != JSON_OK) {
        return started;
    }
    for (; *at < input.len; (*at)++) {
        struct slice byte = slice_of(input.ptr + *at, 1);
        if (is_blank(*byte.ptr)) {
            advance(json, byte);
            continue;
        }
        enum json_status status = take_between(json, *byte.ptr, err);
        if (status != JSON_NEED_MORE) {
            return status;
        }
        advance(json, byte);
        if (json->state == DONE) {
            return JSON_END;
        }
    }
    return at_end ? end_between(json, err) : JSON_NEED_MORE;
}

/* ---- a record ---- */

static bool
hex_unit(struct slice text, unsigned *out)
{
    *out = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = i < text.len ? text.ptr[i] : '\0';
        unsigned digit = c >= '0' && c <= '9'                 ? (unsigned) (c - '0')
                         : (c | 32) >= 'a' && (c | 32) <= 'f' ? (unsigned) ((c | 32) - 'a') + 10
                                                              : 16;
        if (digit == 16) {
            return false;
        }
        *out = *out << 4 | digit;
    }
    return true;
}

/* Whether surrogates come in pairs: yajl makes other characters of those that do not. */
static bool
has_lone_surrogate(struct slice text)
{
    for (const char *at = text.ptr, *end = at + text.len;
         (at = memchr(at, '\\', (size_t) (end - at))) && at + 1 < end; at += 2) {
        unsigned first, second;
        if (at[1] != 'u' || !hex_unit(slice_of(at + 2, (size_t) (end - at - 2)), &first) ||
            first < 0xd800 || first > 0xdfff) {
            continue;
        }
        bool is_pair = first < 0xdc00 && end - at >= 12 && at[6] == '\\' && at[7] == 'u' &&
                       hex_unit(slice_of(at + 8, 4), &second) && second >= 0xdc00 &&
                       second <= 0xdfff;
        if (!is_pair) {
            return true;
        }
        at += 6;
    }
    return false;
}

/* The record's value has ended where *at is. */
static enum json_status
end_record(struct json *json, struct slice bytes, struct source_record *record, struct error *err)
{
    struct error bad = {0};
    bool ok = json_row_finish(json->row, bytes, &record->cells, &record->ncells, &bad);
    if (ok && !utf8_is_valid(bytes)) {
        ok = error_set(&bad, "ENCODING",
                       "bytes that are no UTF-8: say with --encoding what the file is in");
    }
    if (ok && has_lone_surrogate(bytes)) {
        ok = error_set(&bad, "JSON", "half of a character: \\ud800 to \\udfff come in pairs");
    }
    if (!ok) {
        set_error(json, slice_lit(""), err, bad.code, slice_str(bad.message));
    }
    json->has_items = true;
    json->has_comma = false;
    json->was_alone = !json->in_array;
    json->state = BETWEEN;
    advance(json, bytes);
    return ok ? JSON_OK : JSON_BAD;
}

/* The record is malformed. In an array, nobody knows where the next begins. */
static enum json_status
stop_record(struct json *json, struct slice bytes, struct slice why, struct error *err)
{
    set_error(json, bytes, err, "JSON", why);
    json->state = json->in_array ? DONE : SKIPPING_LINE;
    return json->in_array ? JSON_BROKEN : JSON_BAD;
}

/*
 * What yajl has against the record. Where it stands then depends on how the bytes were cut into
 * pieces, so it reads them again, in one.
 */
static enum json_status
stop_parse(struct json *json, struct slice input, struct error *err)
{
    const unsigned char *bytes = (const unsigned char *) input.ptr;
    yajl_handle again = yajl_new(NULL, NULL);
    yajl_status status = yajl_parse(again, bytes, input.len);
    (void) status; /* it is the same error */
    unsigned char *text = must_have(yajl_get_error(again, 0, bytes, input.len));
    struct slice why = slice_str((const char *) text);
    while (why.len && is_blank(why.ptr[why.len - 1])) {
        why.len--;
    }
    /* It stands behind what it refuses, or before it and the blanks there. */
    size_t at = yajl_get_bytes_consumed(again);
    at -= at > 0;
    while (slice_starts_with(why, slice_lit("parse")) && at < input.len &&
           is_blank(input.ptr[at])) {
        at++;
    }
    enum json_status stopped = stop_record(json, slice_of(input.ptr, at), why, err);
    yajl_free_error(again, text);
    yajl_free(again);
    return stopped;
}

static enum json_status
parse_record(struct json *json, struct slice input, bool at_end, size_t *consumed,
             struct source_record *record, struct error *err)
{
    struct slice fed = slice_of(input.ptr + json->nfed, input.len - json->nfed);
    yajl_status status = yajl_parse(json->yajl, (const unsigned char *) fed.ptr, fed.len);
    size_t end = event_end(json);
    if (status == yajl_status_ok && at_end) {
        end = input.len;
        status = yajl_complete_parse(json->yajl); /* a number may have ended with the text */
        if (status == yajl_status_error) {
            return stop_record(json, input, slice_lit("it ends within a row"), err);
        }
    }
    if (status == yajl_status_error) {
        return stop_parse(json, input, err);
    }
    if (json_row_is_beyond(json->row)) {
        const struct slice *cells;
        size_t ncells;
        struct error bad = {0};
        bool ok = json_row_finish(json->row, input, &cells, &ncells, &bad);
        (void) ok; /* it says what is beyond what */
        return stop_record(json, slice_of(input.ptr, end), slice_str(bad.message), err);
    }
    if (json_row_is_whole(json->row)) {
        *consumed = end;
        return end_record(json, slice_of(input.ptr, *consumed), record, err);
    }
    json->nfed = input.len;
    if (input.len > JSON_RECORD_BYTES_MOST) {
        return stop_record(json, slice_lit(""), slice_lit("a row of more than 64 MB"), err);
    }
    return JSON_NEED_MORE;
}

/* Behind a malformed record: to the line that the next can begin with. */
static enum json_status
skip(struct json *json, struct slice input, bool at_end, size_t *consumed)
{
    size_t at = 0;
    while (at < input.len && json->state != BETWEEN) {
        if (json->state == SKIPPING_TO_ROW && (input.ptr[at] == '{' || input.ptr[at] == '[')) {
            json->state = BETWEEN;
            break;
        }
        const char *end = memchr(input.ptr + at, '\n', input.len - at);
        json->state = end ? SKIPPING_TO_ROW : SKIPPING_LINE;
        at = end ? (size_t) (end + 1 - input.ptr) : input.len;
    }
    advance(json, slice_of(input.ptr, at));
    *consumed = at;
    return json->state == BETWEEN ? JSON_OK : at_end ? JSON_END : JSON_NEED_MORE;
}

enum json_status
json_next(struct json *json, struct slice input, bool at_end, size_t *consumed,
          struct source_record *record, struct error *err)
{
    size_t passed = 0;
    *consumed = 0;
    if (json->state == DONE) {
        return JSON_END;
    }
    if (json->state == SKIPPING_LINE || json->state == SKIPPING_TO_ROW) {
        enum json_status status = skip(json, input, at_end, consumed);
        if (status != JSON_OK) {
            return status;
        }
        passed = *consumed;
    }
    if (json->state != RECORD) {
        enum json_status status = pass_between(json, input, at_end, &passed, err);
        *consumed = passed;
        if (status != JSON_OK) {
            return status;
        }
        json->state = RECORD;
        json->nrows++;
        json_row_begin(json->row);
        json->yajl = yajl_new(&RECORD_EVENTS, json);
    }
    size_t taken = 0;
    record->place = json->nrows;
    enum json_status status = parse_record(json, slice_of(input.ptr + passed, input.len - passed),
                                           at_end, &taken, record, err);
    *consumed += taken;
    if (json->state != RECORD) {
        yajl_end(json);
    }
    return status;
}

/* ---- the parser ---- */

struct json *
json_new(struct json_row *row, const char *rows_in)
{
    struct json *json = must_alloc(sizeof *json);
    json->row = row;
    json->rows_in = rows_in;
    json_restart(json);
    return json;
}

void
json_restart(struct json *json)
{
    const char *rows_in = json->rows_in;
    yajl_end(json);
    json_seek_free(json->seek);
    *json = (struct json){.row = json->row,
                          .rows_in = rows_in,
                          .seek = rows_in ? json_seek_new(rows_in) : NULL,
                          .state = rows_in ? SEEKING : BETWEEN,
                          .line = 1};
}

void
json_free(struct json *json)
{
    if (json) {
        yajl_end(json);
        json_seek_free(json->seek);
        free(json);
    }
}

bool
json_is_alone(const struct json *json)
{
    return json->was_alone;
}
