/*
 * Builds rows of JSON. in: a parser's events; out: cells, and fields.
 *
 *     {"a":{"b":1,"c":["x","y"]}}
 *
 *     open, key a, open, key b      path "a.b"
 *     value 1                       cell of field a.b: 1
 *     key c, open array, x, y       parts {x} {y}; at the array's end they are joined: x|y
 *
 * A row's texts stand one behind the other in one buffer, so cells are places in it until the row is
 * whole.
 */
#include "tools/rows/json_row.h"

#include <stdlib.h>

#include "base/map.h"
#include "base/must.h"
#include "tools/rows/empty_text.h"
#include "tools/rows/lists.h"

static const char SEPARATORS[] = LIST_SEPARATORS;
enum { NSEPARATORS = sizeof SEPARATORS - 1 };

/* Bytes of a text. */
struct place {
    size_t start, len;
};

struct cell {
    size_t field;
    struct place place;
    bool is_raw; /* a part of the record's own text */
};

/* What is known of a field beside what others see of it. */
struct field_state {
    uint64_t row;    /* the last one that has it */
    unsigned seen;   /* separators that stand in a value: bits, as SEPARATORS */
    bool is_told;    /* the user or the dataset says what its separator is */
    bool has_arrays; /* it holds several values */
};

struct json_row {
    const struct source_options *options;
    struct arena *arena;
    struct map names; /* of fields: their numbers */
    struct source_field *fields;
    struct field_state *states;
    size_t nfields, fields_capacity, states_capacity;
    uint64_t number;
    struct error bad; /* why it is no row */
    /* Where it is. */
    struct strbuf path;
    size_t bases[JSON_DEPTH_MOST + 1]; /* of objects: where names begin in the path */
    size_t nobjects;                   /* that are open, but for those in arrays */
    size_t narrays;                    /* open brackets from the outermost array on */
    size_t array_at;                   /* where that one begins in the record */
    bool is_nested, has_objects;       /* it holds arrays or objects; objects */
    bool has_begun, is_beyond, is_deep;
    struct slice objects; /* a field whose array holds objects */
    /* What it has. */
    struct strbuf text;
    struct cell *cells;
    size_t ncells, cells_capacity;
    struct place *parts; /* of the array */
    size_t nparts, parts_capacity;
    struct slice *finished;
    size_t finished_capacity;
    unsigned char bits[256]; /* of bytes that are separators */
};

struct json_row *
json_row_new(const struct source_options *options, struct arena *arena)
{
    struct json_row *row = must_alloc(sizeof *row);
    row->options = options;
    row->arena = arena;
    map_init(&row->names, arena);
    strbuf_init(&row->path);
    strbuf_init(&row->text);
    for (size_t i = 0; i < NSEPARATORS; i++) {
        row->bits[(unsigned char) SEPARATORS[i]] = (unsigned char) (1u << i);
    }
    return row;
}

void
json_row_free(struct json_row *row)
{
    if (row) {
        strbuf_fini(&row->path);
        strbuf_fini(&row->text);
        free(row->fields);
        free(row->states);
        free(row->cells);
        free(row->parts);
        free(row->finished);
        free(row);
    }
}

void
json_row_begin(struct json_row *row)
{
    row->number++;
    error_clear(&row->bad);
    strbuf_clear(&row->path);
    strbuf_clear(&row->text);
    row->nobjects = row->narrays = row->ncells = row->nparts = 0;
    row->has_begun = row->is_beyond = row->is_deep = false;
    row->objects = slice_lit("");
}

/* ---- fields ---- */

static void
field_add(struct json_row *row, struct slice name)
{
    struct slice told = lists_wished_separator(row->options, name);
    struct source_field field = {.name = name, .separator = told};
    struct field_state state = {.is_told = told.ptr != NULL};
    row->fields = must_room(row->fields, row->nfields, &row->fields_capacity, sizeof field);
    row->states = must_room(row->states, row->nfields, &row->states_capacity, sizeof state);
    row->fields[row->nfields] = field;
    row->states[row->nfields++] = state;
}

/* The number of the field that the path names; SIZE_MAX: this record has it already, or there are
 * too many. */
static size_t
field_of_path(struct json_row *row)
{
    char quoted[ERROR_QUOTE_BYTES];
    struct slice path = strbuf_slice(&row->path);
    struct slice name = path.len ? path : slice_lit("unnamed");
    size_t *known = map_find(&row->names, name);
    if (!known && row->nfields == JSON_FIELDS_MOST) {
        row->is_beyond = true;
        (void) error_set(&row->bad, "JSON", "more than %d fields: are names of it values?",
                         JSON_FIELDS_MOST);
        return SIZE_MAX;
    }
    if (!known) {
        struct slice kept = arena_copy(row->arena, name);
        bool is_new;
        known = map_add(&row->names, kept, &is_new);
        *known = row->nfields;
        field_add(row, kept);
    }
    struct field_state *state = &row->states[*known];
    if (state->row == row->number) {
        (void) error_set(&row->bad, "JSON", "the name %s comes twice in it",
                         error_quote(quoted, name));
        return SIZE_MAX;
    }
    state->row = row->number;
    return *known;
}

static unsigned
separators_in(const struct json_row *row, struct slice text)
{
    unsigned seen = 0;
    for (size_t i = 0; i < text.len; i++) {
        seen |= row->bits[(unsigned char) text.ptr[i]];
    }
    return seen;
}

/* A separator for the field's values, of which `seen` are the ones that stand in these. */
static bool
field_separator(struct json_row *row, size_t at, unsigned seen)
{
    struct source_field *field = &row->fields[at];
    struct field_state *state = &row->states[at];
    state->has_arrays = true;
    for (size_t i = 0; !field->separator.len && i < NSEPARATORS; i++) {
        if (!((state->seen | seen) & 1u << i)) {
            field->separator = slice_of(SEPARATORS + i, 1);
        }
    }
    return field->separator.len > 0;
}

static bool
has_separator(const struct source_field *field, struct slice text)
{
    return field->separator.len &&
           memmem(text.ptr, text.len, field->separator.ptr, field->separator.len);
}

/* A value with the separator in it would be read as several. */
static void
refuse_separator(struct json_row *row, size_t at, struct slice value)
{
    char name[ERROR_QUOTE_BYTES], quoted[ERROR_QUOTE_BYTES], separator[ERROR_QUOTE_BYTES];
    const struct source_field *field = &row->fields[at];
    (void) error_set(&row->bad, "JSON",
                     "the value %s of %s has the separator %s in it that stands between the "
                     "field's values: --multi FIELD SEP gives it another",
                     error_quote(quoted, value), error_quote(name, field->name),
                     error_quote(separator, field->separator));
}

/* ---- cells ---- */

static void
cell_add(struct json_row *row, size_t field, struct place place, bool is_raw)
{
    row->cells = must_room(row->cells, row->ncells, &row->cells_capacity, sizeof *row->cells);
    row->cells[row->ncells++] = (struct cell){field, place, is_raw};
}

static struct slice
text_at(const struct json_row *row, struct place place)
{
    return slice_of(row->text.ptr + place.start, place.len);
}

static struct place
text_add(struct json_row *row, struct slice text)
{
    struct place place = {row->text.len, text.len};
    strbuf_append(&row->text, text);
    return place;
}

static void
part_add(struct json_row *row, struct slice text)
{
    if (text.len && !row->is_nested) {
        row->parts = must_room(row->parts, row->nparts, &row->parts_capacity, sizeof *row->parts);
        row->parts[row->nparts++] = text_add(row, text);
    }
}

/* The array's values, one behind the other. */
static void
parts_join(struct json_row *row, size_t field)
{
    unsigned seen = 0;
    for (size_t i = 0; i < row->nparts; i++) {
        seen |= separators_in(row, text_at(row, row->parts[i]));
    }
    if (!field_separator(row, field, seen)) {
        (void) error_set(&row->bad, "JSON",
                         "an array's values have every byte in them that could stand between "
                         "them: --multi FIELD SEP tells another");
        return;
    }
    row->states[field].seen |= seen;
    struct slice separator = row->fields[field].separator;
    struct place all = {row->text.len, 0};
    for (size_t i = 0; i < row->nparts; i++) {
        if (has_separator(&row->fields[field], text_at(row, row->parts[i]))) {
            refuse_separator(row, field, text_at(row, row->parts[i]));
        }
        if (i) {
            (void) text_add(row, separator);
        }
        (void) strbuf_reserve(&row->text, row->parts[i].len); /* or the text would move under it */
        (void) text_add(row, text_at(row, row->parts[i]));
    }
    all.len = row->text.len - all.start;
    cell_add(row, field, all, false);
}

/* ---- events ---- */

void
json_row_key(struct json_row *row, struct slice name)
{
    if (!row->narrays) {
        row->path.len = row->bases[row->nobjects];
        strbuf_append(&row->path, name);
    }
}

static void
refuse_value(struct json_row *row, const char *what)
{
    (void) error_set(&row->bad, "JSON", "a row is an object, {...}, and this is %s", what);
}

void
json_row_value(struct json_row *row, struct slice text, bool is_string)
{
    row->has_begun = true;
    if (row->narrays) {
        part_add(row, text);
        return;
    }
    if (!row->nobjects) {
        refuse_value(row, is_string ? "a text" : text.ptr ? "a value alone" : "null");
        return;
    }
    size_t field = field_of_path(row);
    bool is_empty_text = is_string && !text.len && row->options->keeps_empty_texts;
    if (field == SIZE_MAX || (!text.len && !is_empty_text)) {
        return;
    }
    if (is_string) {
        struct field_state *state = &row->states[field];
        state->seen |= separators_in(row, text);
        if (state->has_arrays && !state->is_told && has_separator(&row->fields[field], text)) {
            refuse_separator(row, field, text);
        }
    }
    cell_add(row, field, text_add(row, text), false);
}

static void
open_object(struct json_row *row)
{
    if (row->nobjects) {
        strbuf_append_char(&row->path, '.');
    }
    row->bases[++row->nobjects] = row->path.len;
}

void
json_row_open(struct json_row *row, bool is_array, size_t at)
{
    row->has_begun = true;
    row->is_deep |= row->nobjects > 0;
    if (row->nobjects + row->narrays == JSON_DEPTH_MOST) {
        row->is_beyond = true;
        (void) error_set(&row->bad, "JSON", "objects and arrays more than %d deep",
                         JSON_DEPTH_MOST);
        return;
    }
    if (!row->narrays && !is_array) {
        open_object(row);
        return;
    }
    if (!row->nobjects && !row->narrays) {
        refuse_value(row, "an array");
    }
    if (row->narrays++ == 0) {
        row->array_at = at;
        row->nparts = 0;
        row->is_nested = row->has_objects = false;
    } else {
        row->is_nested = true;
        if (!is_array && row->narrays == 2 && row->nobjects) {
            row->has_objects = true;
        }
    }
}

void
json_row_close(struct json_row *row, size_t end)
{
    if (!row->narrays) {
        row->nobjects--;
        return;
    }
    if (--row->narrays || !row->nobjects) {
        return;
    }
    size_t field = field_of_path(row);
    if (field == SIZE_MAX) {
        return;
    }
    if (row->has_objects && !row->objects.len) {
        row->objects = row->fields[field].name;
    }
    if (row->is_nested) {
        cell_add(row, field, (struct place){row->array_at, end - row->array_at}, true);
    } else if (row->nparts) {
        parts_join(row, field);
    } else if (row->options->keeps_empty_texts) {
        cell_add(row, field, text_add(row, slice_lit("")), false);
    }
}

bool
json_row_is_whole(const struct json_row *row)
{
    return row->has_begun && !row->nobjects && !row->narrays;
}

bool
json_row_is_beyond(const struct json_row *row)
{
    return row->is_beyond;
}

/* ---- the row ---- */

/* Texts of arrays that hold more than scalars are seen only now. */
static void
check_raw(struct json_row *row, const struct cell *cell, struct slice text)
{
    struct field_state *state = &row->states[cell->field];
    state->seen |= separators_in(row, text);
    if (state->has_arrays && has_separator(&row->fields[cell->field], text)) {
        refuse_separator(row, cell->field, text);
    }
}

bool
json_row_finish(struct json_row *row, struct slice text, const struct slice **cells, size_t *ncells,
                struct error *err)
{
    if (row->finished_capacity < row->nfields) {
        row->finished_capacity = 2 * row->nfields;
        row->finished = must_grow(row->finished, row->finished_capacity, sizeof *row->finished);
    }
    for (size_t i = 0; i < row->nfields; i++) {
        row->finished[i] = slice_lit("");
    }
    for (size_t i = 0; i < row->ncells; i++) {
        const struct cell *cell = &row->cells[i];
        struct place place = cell->place;
        row->finished[cell->field] = cell->is_raw ? slice_of(text.ptr + place.start, place.len)
                                     : place.len  ? text_at(row, place)
                                                  : empty_text();
        if (cell->is_raw) {
            check_raw(row, cell, row->finished[cell->field]);
        }
    }
    *cells = row->finished;
    *ncells = row->nfields;
    return !error_is_set(&row->bad) || error_set(err, row->bad.code, "%s", row->bad.message);
}

const struct source_field *
json_row_fields(const struct json_row *row, size_t *nfields)
{
    *nfields = row->nfields;
    return row->fields;
}

bool
json_row_is_deep(const struct json_row *row)
{
    return row->is_deep;
}

struct slice
json_row_objects(const struct json_row *row)
{
    return row->objects;
}
