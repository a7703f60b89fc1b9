/*
 * The document that FORMAT JSON of ROWS is, and that quipu-export writes, as a source of records. in: an
 * input's bytes; out: a record for each row.
 *
 *     {"dataset":"current","fields":["sex","age"],"rows":[["profile_1","female",null],...],"warnings":[]}
 *
 *     fields {key} {sex} {age}; row 1: {profile_1} {female} {}
 *
 * The bytes go to yajl piece by piece. The rows that a piece has completed wait until they are asked for.
 * A row with one text more than there are fields begins with its name, the key. A row may have 64 MB.
 */
#include <stdlib.h>

#include <yajl/yajl_parse.h>

#include "base/must.h"
#include "tools/rows/empty_text.h"
#include "tools/rows/format.h"
#include "tools/rows/header.h"
#include "tools/rows/input.h"
#include "tools/rows/json.h"

enum { PIECE_BYTES = 1 << 14, SHORT_BYTES = 1 << 18 };
#define EMPTY_TEXT SIZE_MAX

/* Where the parse stands: the array around the next text. */
enum place { OUTSIDE, IN_FIELDS, IN_ROWS, IN_ROW, IN_OTHER };

struct reader {
    struct input *input;
    struct arena *arena; /* the source's */
    yajl_handle yajl;
    enum place place;
    unsigned depth;   /* of maps and arrays around */
    enum place comes; /* what the array behind the last key is */
    bool has_fields;  /* their list has begun: rows may come, and no second list */
    bool keeps_empty_texts;
    bool is_over;
    bool has_failed;
    struct error why; /* has_failed: set where the text is no such document */

    struct slice *names; /* the fields' names; in the arena */
    size_t nnames, names_capacity;
    struct source_field *fields;
    size_t nfields;
    bool has_keys;

    /* Rows that were read and not given yet. */
    struct strbuf text; /* their cells, one behind the other */
    size_t *lens;       /* EMPTY_TEXT: a text without bytes; 0: a missing one */
    size_t nlens, lens_capacity;
    size_t nrow_cells;              /* of the row that is being read */
    size_t given_lens, given_bytes; /* how much of them was given */
    struct slice *cells;            /* of the record */
    uint64_t nread, ngiven;
    size_t open_bytes; /* about so many were read since the last row's end */
    struct strbuf notes;
};

/* ---- events ---- */

static int
refuse(struct reader *reader, const char *what)
{
    reader->has_failed = true;
    (void) error_set(&reader->why, "JSON", "row %llu %s", (unsigned long long) reader->nread + 1,
                     what);
    return 0;
}

static int
refuse_fields(struct reader *reader, const char *what)
{
    reader->has_failed = true;
    (void) error_set(&reader->why, "JSON", "the list of fields %s", what);
    return 0;
}

static int
on_text(void *arg, const unsigned char *text, size_t len)
{
    struct reader *reader = arg;
    switch (reader->place) {
    case IN_FIELDS:
        reader->names = arena_room(reader->arena, reader->names, reader->nnames,
                                   &reader->names_capacity, sizeof *reader->names);
        reader->names[reader->nnames++] = arena_copy(reader->arena, slice_of(text, len));
        return 1;
    case IN_ROW:
        if (len) {
            strbuf_append(&reader->text, slice_of(text, len));
        }
        bool is_empty_text = text && !len && reader->keeps_empty_texts;
        reader->lens =
            must_room(reader->lens, reader->nlens, &reader->lens_capacity, sizeof *reader->lens);
        reader->lens[reader->nlens++] = is_empty_text ? EMPTY_TEXT : len;
        reader->nrow_cells++;
        return 1;
    case IN_ROWS: return refuse(reader, "is no array");
    case OUTSIDE:
    case IN_OTHER: return 1;
    }
    return 1;
}

static int
on_number(void *arg, const char *text, size_t len)
{
    return on_text(arg, (const unsigned char *) text, len);
}

static int
on_null(void *arg)
{
    return on_text(arg, NULL, 0);
}

static int
on_boolean(void *arg, int is_true)
{
    const char *word = is_true ? "true" : "false";
    return on_text(arg, (const unsigned char *) word, strlen(word));
}

static int
on_key(void *arg, const unsigned char *text, size_t len)
{
    struct reader *reader = arg;
    struct slice key = slice_of(text, len);
    if (reader->depth == 1) {
        reader->comes = slice_equal(key, slice_lit("fields")) ? IN_FIELDS
                        : slice_equal(key, slice_lit("rows")) ? IN_ROWS
                                                              : IN_OTHER;
    }
    return 1;
}

static int
on_open_map(void *arg)
{
    struct reader *reader = arg;
    bool is_inside = reader->place == IN_ROWS || reader->place == IN_ROW;
    reader->depth++;
    if (reader->place == IN_FIELDS) {
        return refuse_fields(reader, "has an object in it");
    }
    return is_inside ? refuse(reader, "has an object in it") : 1;
}

static int
on_close_map(void *arg)
{
    struct reader *reader = arg;
    reader->depth--;
    return 1;
}

/* An array that is a member of the document begins. Each row has as many texts as the fields said. */
static int
member_begin(struct reader *reader)
{
    reader->place = reader->comes;
    if (reader->place == IN_ROWS && !reader->has_fields) {
        return refuse_fields(reader, "stands behind the rows");
    }
    if (reader->place == IN_FIELDS && reader->has_fields) {
        return refuse_fields(reader, "stands there twice");
    }
    reader->has_fields = reader->has_fields || reader->place == IN_FIELDS;
    return 1;
}

static int
on_open_array(void *arg)
{
    struct reader *reader = arg;
    if (reader->depth++ == 1) {
        return member_begin(reader);
    }
    if (reader->place == IN_FIELDS) {
        return refuse_fields(reader, "has an array in it");
    }
    if (reader->place == IN_ROWS) {
        reader->place = IN_ROW;
        reader->nrow_cells = 0;
    } else if (reader->place == IN_ROW) {
        return refuse(reader, "has an array in it");
    }
    return 1;
}

static int
row_end(struct reader *reader)
{
    if (reader->nread == 0) {
        reader->has_keys = reader->nrow_cells == reader->nnames + 1;
    }
    if (reader->nrow_cells != reader->nnames + reader->has_keys) {
        return refuse(reader, "has another number of values than there are fields");
    }
    reader->nread++;
    reader->place = IN_ROWS;
    return 1;
}

static int
on_close_array(void *arg)
{
    struct reader *reader = arg;
    if (--reader->depth == 1) {
        reader->place = OUTSIDE;
    }
    return reader->place == IN_ROW ? row_end(reader) : 1;
}

static const yajl_callbacks EVENTS = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_text,
    .yajl_start_map = on_open_map,
    .yajl_map_key = on_key,
    .yajl_end_map = on_close_map,
    .yajl_start_array = on_open_array,
    .yajl_end_array = on_close_array,
};

/* ---- reading ---- */

static bool
fail(const struct reader *reader, bool is_cut, struct error *err)
{
    if (reader->has_failed) {
        *err = reader->why;
        return false;
    }
    return error_set(err, "JSON",
                     is_cut ? "it is cut off behind row %llu" : "it is malformed behind row %llu",
                     (unsigned long long) reader->nread);
}

/* What stands between two rows' ends is held until the second: yajl keeps a text until it is whole. */
static bool
check_open_bytes(const struct reader *reader, struct error *err)
{
    return reader->open_bytes <= JSON_RECORD_BYTES_MOST ||
           error_set(err, "JSON", "more than 64 MB behind row %llu, and no row ends there",
                     (unsigned long long) reader->nread);
}

/*
 * yajl reads a text that goes on from its start with each piece. So behind a long one at least as much
 * again is read; a short one is not waited for, as it may come from a slow pipe.
 */
static size_t
piece_bytes(const struct reader *reader)
{
    size_t left = JSON_RECORD_BYTES_MOST + 1 - reader->open_bytes;
    return reader->open_bytes < PIECE_BYTES ? PIECE_BYTES
           : reader->open_bytes < left      ? reader->open_bytes
                                            : left;
}

/* Hands the next piece to yajl; at the input's end is_over. */
static bool
read_piece(struct reader *reader, struct error *err)
{
    size_t most = piece_bytes(reader);
    while (!input_at_end(reader->input) &&
           input_bytes(reader->input).len < (most > SHORT_BYTES ? most : 1)) {
        if (!input_more(reader->input, err)) {
            return false;
        }
    }
    struct slice bytes = input_bytes(reader->input);
    size_t n = bytes.len < most ? bytes.len : most;
    if (n == 0 && input_at_end(reader->input)) {
        reader->is_over = true;
        return yajl_complete_parse(reader->yajl) == yajl_status_ok || fail(reader, true, err);
    }
    uint64_t nread = reader->nread;
    bool ok = yajl_parse(reader->yajl, (const unsigned char *) bytes.ptr, n) == yajl_status_ok;
    input_take(reader->input, n);
    reader->open_bytes = reader->nread == nread ? reader->open_bytes + n : 0;
    return ok ? check_open_bytes(reader, err) : fail(reader, false, err);
}

static void
reader_close(void *state)
{
    struct reader *reader = state;
    yajl_free(reader->yajl);
    strbuf_fini(&reader->text);
    strbuf_fini(&reader->notes);
    free(reader->lens);
    free(reader);
}

static void
name_fields(struct reader *reader)
{
    struct slice *names = arena_array(reader->arena, reader->nnames + 1, sizeof *names);
    names[0] = slice_lit("key");
    for (size_t i = 0; i < reader->nnames; i++) {
        names[reader->has_keys + i] = reader->names[i];
    }
    reader->nfields = reader->nnames + reader->has_keys;
    reader->fields = header_fields(reader->arena, names, reader->nfields, false, reader->nfields,
                                   &reader->notes);
    reader->cells = arena_array(reader->arena, reader->nfields, sizeof *reader->cells);
}

static bool
reader_open(const struct source_options *options, struct input *input, struct arena *arena,
            void **state, struct error *err)
{
    struct reader *reader = must_alloc(sizeof *reader);
    *reader = (struct reader){.input = input,
                              .arena = arena,
                              .keeps_empty_texts = options->keeps_empty_texts,
                              .has_keys = true};
    strbuf_init(&reader->text);
    strbuf_init(&reader->notes);
    reader->yajl = must_have(yajl_alloc(&EVENTS, NULL, reader));
    while (reader->nread == 0 && !reader->is_over) {
        if (!read_piece(reader, err)) {
            reader_close(reader);
            return false;
        }
    }
    name_fields(reader);
    *state = reader;
    return true;
}

/* Its first members, as the product writes them: an object of somebody else's is a row. */
static bool
is_like_document(const struct source_options *options, struct slice start)
{
    static const char *const PARTS[] = {"\",\"fields\":[", "],\"rows\":["};
    struct slice rest = start;
    bool is_like = !options->rows_in && slice_starts_with(start, slice_lit("{\"dataset\":\""));
    for (size_t i = 0; is_like && i < sizeof PARTS / sizeof *PARTS; i++) {
        const char *found = memmem(rest.ptr, rest.len, PARTS[i], strlen(PARTS[i]));
        is_like = found != NULL;
        if (found) {
            rest = slice_of(found, rest.len - (size_t) (found - rest.ptr));
        }
    }
    return is_like;
}

static const struct source_field *
reader_fields(const void *state, size_t *nfields)
{
    const struct reader *reader = state;
    *nfields = reader->nfields;
    return reader->fields;
}

/* All rows that were read are given: their room is used again, but for a row that has begun. */
static void
forget_given(struct reader *reader)
{
    size_t nbytes = reader->text.len - reader->given_bytes;
    size_t nlens = reader->nlens - reader->given_lens;
    if (nbytes) {
        memmove(reader->text.ptr, reader->text.ptr + reader->given_bytes, nbytes);
    }
    if (nlens) {
        memmove(reader->lens, reader->lens + reader->given_lens, nlens * sizeof *reader->lens);
    }
    reader->text.len = nbytes;
    reader->nlens = nlens;
    reader->given_bytes = reader->given_lens = 0;
}

static enum source_status
reader_next(void *state, struct source_record *record, struct error *err)
{
    struct reader *reader = state;
    record->place = reader->ngiven + 1;
    if (reader->ngiven == reader->nread) {
        forget_given(reader);
    }
    while (reader->ngiven == reader->nread) {
        if (reader->is_over) {
            return SOURCE_END;
        }
        if (!read_piece(reader, err)) {
            return SOURCE_BROKEN;
        }
    }
    for (size_t i = 0; i < reader->nfields; i++) {
        size_t len = reader->lens[reader->given_lens++];
        if (len == EMPTY_TEXT) {
            reader->cells[i] = empty_text();
            continue;
        }
        reader->cells[i] = slice_of(strbuf_slice(&reader->text).ptr + reader->given_bytes, len);
        reader->given_bytes += len;
    }
    record->cells = reader->cells;
    record->ncells = reader->nfields;
    record->place = ++reader->ngiven;
    return SOURCE_OK;
}

static void
reader_read_as(const void *state, struct strbuf *out)
{
    (void) state;
    strbuf_append_str(out, "rows of a dataset, as ROWS writes them");
}

static void
reader_notes(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_append(out, strbuf_slice(&reader->notes));
}

const struct source_format *
format_document(void)
{
    static const struct source_format FORMAT = {
        .name = "JSON",
        .unit = "row",
        .is_like = is_like_document,
        .open = reader_open,
        .close = reader_close,
        .fields = reader_fields,
        .next = reader_next,
        .read_as = reader_read_as,
        .notes = reader_notes,
    };
    return &FORMAT;
}
