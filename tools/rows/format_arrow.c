/*
 * Arrow's IPC files and streams as a source of records. in: an input's bytes; out: a record for each row.
 *
 *     message: schema -> fields
 *     message: dictionary -> dictionaries
 *     message: batch -> columns -> record, record, ...
 *
 *     id Int32, tags List<Utf8>, pos Struct {x Float64}     fields {id} {tags} {pos.x}; row 1: {7} {red|blue} {0.5}
 *
 * One batch is in memory at a time, and the dictionaries. The batch's bytes stay in the input until its last row is
 * given.
 */
#include <stdlib.h>

#include "base/must.h"
#include "tools/arrow/footer.h"
#include "tools/arrow/message.h"
#include "tools/arrow/value.h"
#include "tools/rows/format.h"
#include "tools/rows/header.h"
#include "tools/rows/input.h"
#include "tools/rows/lists.h"
#include "tools/rows/record_cells.h"

enum { DEPTH_MOST = 17 };

/* A column of records: a field of the schema, or a member of a struct. */
struct column {
    const struct arrow_field *field;
    struct slice name;
    size_t path[DEPTH_MOST]; /* which field; which child of it, ... */
    size_t npath;
    const struct arrow_array
        *levels[DEPTH_MOST]; /* of the batch: all structs around, and the array */
};

struct reader {
    struct input *input;
    bool is_file;
    struct arena *arena; /* the source's */
    struct arrow_schema schema;
    struct arrow_dictionaries *dictionaries;
    struct column *columns;
    struct source_field *fields;
    size_t ncolumns, capacity;
    struct arena *batch_arena; /* NULL: there is no batch */
    struct arrow_batch batch;
    size_t batch_bytes; /* to be taken off the input behind it */
    size_t row;         /* of the batch: the next */
    uint64_t ndone;
    bool has_separators;
    struct record_cells cells;
    struct strbuf notes;
};

static void
reader_close(void *state)
{
    struct reader *reader = state;
    arrow_dictionaries_free(reader->dictionaries);
    if (reader->batch_arena) {
        arena_free(reader->batch_arena);
    }
    record_cells_fini(&reader->cells);
    strbuf_fini(&reader->notes);
    free(reader);
}

/* ---- messages ---- */

/* The next message, whole. ARROW_END: there is none. */
static enum arrow_status
reader_message(struct reader *reader, struct arrow_message *message, struct error *err)
{
    for (;;) {
        struct slice bytes = input_bytes(reader->input);
        enum arrow_status status = arrow_message_next(bytes, message, err);
        if (status != ARROW_NEED_MORE) {
            return status;
        }
        if (input_at_end(reader->input)) {
            if (bytes.len == 0 && !reader->is_file) {
                return ARROW_END; /* a stream may end with its bytes */
            }
            (void) error_set(err, "DATA", "it is cut off");
            return ARROW_BAD;
        }
        if (!input_more(reader->input, err)) {
            return ARROW_BAD;
        }
    }
}

static void
aim_columns(struct reader *reader)
{
    for (size_t i = 0; i < reader->ncolumns; i++) {
        struct column *column = &reader->columns[i];
        const struct arrow_array *siblings = reader->batch.columns;
        for (size_t depth = 0; depth < column->npath; depth++) {
            column->levels[depth] = &siblings[column->path[depth]];
            siblings = column->levels[depth]->children;
        }
    }
}

static void
reader_drop_batch(struct reader *reader)
{
    if (reader->batch_arena) {
        arena_free(reader->batch_arena);
        reader->batch_arena = NULL;
        input_take(reader->input, reader->batch_bytes);
    }
}

static bool
reader_read_batch(struct reader *reader, const struct arrow_message *message, struct error *err)
{
    reader->batch_arena = arena_new();
    reader->batch_bytes = message->nbytes;
    reader->row = 0;
    if (!arrow_batch_read(reader->batch_arena, message->table, message->body, &reader->schema,
                          reader->dictionaries, &reader->batch, err)) {
        return false;
    }
    aim_columns(reader);
    return true;
}

/* Reads on until there is a row. *has_row false: there is none. */
static bool
reader_fetch(struct reader *reader, bool *has_row, struct error *err)
{
    while (!reader->batch_arena || reader->row == reader->batch.nrows) {
        struct arrow_message message;
        reader_drop_batch(reader);
        enum arrow_status status = reader_message(reader, &message, err);
        *has_row = false;
        if (status != ARROW_OK) {
            return status == ARROW_END;
        }
        if (message.header == ARROW_RECORD_BATCH) {
            if (!reader_read_batch(reader, &message, err)) {
                return false;
            }
            continue;
        }
        if (message.header == ARROW_DICTIONARY_BATCH &&
            !arrow_dictionary_read(reader->dictionaries, message.table, message.body,
                                   &reader->schema, err)) {
            return false;
        }
        input_take(reader->input, message.nbytes);
    }
    *has_row = true;
    return true;
}

/* ---- fields ---- */

static void
add_columns(struct reader *reader, const struct arrow_field *fields, size_t nfields,
            const struct column *parent)
{
    for (size_t i = 0; i < nfields; i++) {
        const struct arrow_field *field = &fields[i];
        struct column column = *parent;
        bool is_struct = field->type == ARROW_STRUCT && !field->is_indexed;
        column.field = field;
        column.path[column.npath++] = i;
        column.name = parent->npath ? arena_printf(reader->arena, "%.*s.%.*s",
                                                   SLICE_ARG(parent->name), SLICE_ARG(field->name))
                                    : field->name;
        if (is_struct) {
            add_columns(reader, field->children, field->nchildren, &column);
        } else if (arrow_is_scalar(field) || arrow_is_list(field)) {
            reader->columns = arena_room(reader->arena, reader->columns, reader->ncolumns,
                                         &reader->capacity, sizeof *reader->columns);
            reader->columns[reader->ncolumns++] = column;
        } else {
            strbuf_printf(&reader->notes,
                          "'%.*s' is left out: values of Arrow's type %s are not read\n",
                          SLICE_ARG(column.name), arrow_type_name(field->type));
        }
    }
}

static void
name_fields(struct reader *reader, const struct source_options *options)
{
    struct slice *names = arena_array(reader->arena, reader->ncolumns, sizeof *names);
    for (size_t i = 0; i < reader->ncolumns; i++) {
        names[i] = reader->columns[i].name;
    }
    reader->fields = header_fields(reader->arena, names, reader->ncolumns, false, reader->ncolumns,
                                   &reader->notes);
    for (size_t i = 0; i < reader->ncolumns; i++) {
        if (arrow_is_list(reader->columns[i].field)) {
            struct source_field *field = &reader->fields[i];
            field->separator = lists_wished_separator(options, field->name);
        }
    }
}

/* In front, or, of a file, at its end. */
static bool
reader_schema(struct reader *reader, struct error *err)
{
    struct arrow_message message;
    const char *path = input_plain_path(reader->input);
    enum arrow_status status = reader_message(reader, &message, err);
    if (status == ARROW_BAD) {
        return false;
    }
    if (status == ARROW_OK && message.header == ARROW_SCHEMA) {
        struct flat_table table = flat_child(message.table, 2);
        bool ok = arrow_schema_read(reader->arena, table, message.version, &reader->schema, err);
        input_take(reader->input, message.nbytes);
        return ok;
    }
    if (!reader->is_file) {
        return error_set(err, "DATA", "it does not begin with a schema");
    }
    if (!path) {
        return error_set(err, "DATA",
                         "its schema is at its end: read it from a file that is not compressed as "
                         "a whole, and not from a pipe");
    }
    return arrow_footer_schema(path, reader->arena, &reader->schema, err);
}

static bool
reader_open(const struct source_options *options, struct input *input, struct arena *arena,
            void **state, struct error *err)
{
    struct reader *reader = must_alloc(sizeof *reader);
    *reader =
        (struct reader){.input = input, .arena = arena, .dictionaries = arrow_dictionaries_new()};
    record_cells_init(&reader->cells, options->keeps_empty_texts);
    reader->is_file =
        slice_starts_with(input_bytes(input), slice_of(ARROW_MAGIC, ARROW_MAGIC_BYTES));
    if (reader->is_file) {
        input_take(input, ARROW_MAGIC_BYTES);
    }
    if (!reader_schema(reader, err)) {
        reader_close(reader);
        return false;
    }
    add_columns(reader, reader->schema.fields, reader->schema.nfields, &(struct column){0});
    name_fields(reader, options);
    *state = reader;
    return true;
}

/* ---- rows ---- */

static bool
list_of(const void *column, uint64_t row, uint64_t *first, uint64_t *n)
{
    return arrow_list(column, row, first, n);
}

static bool
item_of(const void *column, uint64_t index, struct strbuf *out, struct slice *value)
{
    const struct arrow_array *array = column;
    return arrow_value(&array->children[0], index, out, value);
}

static struct lists
lists_of(const struct column *column)
{
    return (struct lists){column->levels[column->npath - 1], list_of, item_of};
}

/* By the first batch, for the fields of which the user has not said it. */
static void
choose_separators(struct reader *reader)
{
    for (size_t i = 0; i < reader->ncolumns; i++) {
        struct slice *separator = &reader->fields[i].separator;
        if (arrow_is_list(reader->columns[i].field) && !separator->len) {
            struct lists lists = lists_of(&reader->columns[i]);
            *separator = lists_separator(&lists, reader->batch.nrows, &reader->cells.text);
        }
    }
    reader->has_separators = true;
}

/* Whether the row is in all structs around the column. */
static bool
is_in_structs(const struct column *column, size_t row)
{
    for (size_t depth = 0; depth + 1 < column->npath; depth++) {
        if (!arrow_is_there(column->levels[depth], row)) {
            return false;
        }
    }
    return true;
}

static bool
add_cell(struct reader *reader, size_t index, struct error *err)
{
    const struct column *column = &reader->columns[index];
    struct record_cells *cells = &reader->cells;
    struct slice value = {NULL, 0};
    bool ok = true;
    if (!is_in_structs(column, reader->row)) {
        record_cells_add(cells, slice_lit(""));
    } else if (arrow_is_list(column->field)) {
        struct lists lists = lists_of(column);
        ok = lists_append(&lists, reader->row, &reader->fields[index], &cells->text, err);
        record_cells_add_value(cells, lists_is_there(&lists, reader->row), value);
    } else {
        const struct arrow_array *array = column->levels[column->npath - 1];
        bool is_there = arrow_value(array, reader->row, &cells->text, &value);
        record_cells_add_value(cells, is_there, value);
    }
    return ok;
}

static enum source_status
reader_next(void *state, struct source_record *record, struct error *err)
{
    struct reader *reader = state;
    bool has_row, is_good = true;
    struct error bad = {0};
    if (!reader_fetch(reader, &has_row, &bad)) {
        (void) error_set(err, bad.code, "%s, behind row %llu: %s", input_title(reader->input),
                         (unsigned long long) reader->ndone, bad.message);
        return SOURCE_BROKEN;
    }
    if (!has_row) {
        return SOURCE_END;
    }
    if (!reader->has_separators) {
        choose_separators(reader);
    }
    record_cells_clear(&reader->cells);
    for (size_t i = 0; i < reader->ncolumns; i++) {
        is_good = add_cell(reader, i, err) && is_good;
    }
    reader->row++;
    *record = (struct source_record){record_cells_slices(&reader->cells), reader->ncolumns,
                                     ++reader->ndone};
    return is_good ? SOURCE_OK : SOURCE_BAD;
}

/* ---- the format ---- */

/* A file has its mark. A stream has none: it begins with a message that is a schema. */
static bool
is_like_arrow(const struct source_options *options, struct slice start)
{
    struct arrow_message message;
    struct error unused = {0};
    (void) options;
    if (slice_starts_with(start, slice_of(ARROW_MAGIC, ARROW_MAGIC_BYTES))) {
        return true;
    }
    return start.len >= 8 && flat_load(start.ptr, 4) == -1 &&
           (arrow_message_next(start, &message, &unused) != ARROW_OK ||
            message.header == ARROW_SCHEMA) &&
           !error_is_set(&unused);
}

static const struct source_field *
reader_fields(const void *state, size_t *nfields)
{
    const struct reader *reader = state;
    *nfields = reader->ncolumns;
    return reader->fields;
}

static void
reader_read_as(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_append_str(out, reader->is_file ? "a file" : "a stream");
}

static void
reader_notes(const void *state, struct strbuf *out)
{
    const struct reader *reader = state;
    strbuf_append(out, strbuf_slice(&reader->notes));
}

static bool
reader_would_wait(const void *state)
{
    const struct reader *reader = state;
    bool has_row = reader->batch_arena && reader->row < reader->batch.nrows;
    return !has_row && input_would_wait(reader->input);
}

const struct source_format *
format_arrow(void)
{
    static const struct source_format format = {
        .name = "Arrow IPC",
        .unit = "row",
        .is_like = is_like_arrow,
        .open = reader_open,
        .close = reader_close,
        .fields = reader_fields,
        .next = reader_next,
        .read_as = reader_read_as,
        .notes = reader_notes,
        .would_wait = reader_would_wait,
    };
    return &format;
}
