/*
 * Keeps what a dataset says about its fields, and makes the next one of it. in: a change of one field;
 * out: all fields, as they are from then on.
 *
 * Example: sex 1 'Male', changed by 2 'Female' and 1 'Man', is sex 1 'Man' 2 'Female'.
 */
#include "planner/field_definitions.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/number.h"
#include "base/strbuf.h"

static struct slice
copy(struct slice s)
{
    return s.ptr ? slice_of(must_copy(s), s.len) : s;
}

static void
drop(struct slice owned)
{
    free((char *) (uintptr_t) owned.ptr);
}

static void
field_drop(struct field_definition *field)
{
    for (size_t i = 0; i < field->nlabels; i++) {
        drop(field->labels[i].value);
        drop(field->labels[i].label);
    }
    free(field->labels);
    drop(field->name);
    drop(field->separator);
    drop(field->label);
}

void
field_definitions_retain(const struct field_definitions *fields)
{
    if (fields) {
        ((struct field_definitions *) (uintptr_t) fields)->users++;
    }
}

void
field_definitions_release(const struct field_definitions *fields)
{
    struct field_definitions *own = (struct field_definitions *) (uintptr_t) fields;
    if (own && --own->users == 0) {
        for (size_t i = 0; i < own->n; i++) {
            field_drop(&own->items[i]);
        }
        free(own->items);
        free(own);
    }
}

const struct field_definition *
field_definitions_find(const struct field_definitions *fields, struct slice field)
{
    /* A catalog's text says all of a field before it comes to the next. */
    if (fields && fields->n && slice_equal(fields->items[fields->n - 1].name, field)) {
        return &fields->items[fields->n - 1];
    }
    for (size_t i = 0; fields && i < fields->n; i++) {
        if (slice_equal(fields->items[i].name, field)) {
            return &fields->items[i];
        }
    }
    return NULL;
}

struct slice
field_label_of(const struct field_definition *field, struct slice value)
{
    for (size_t i = 0; field && i < field->nlabels; i++) {
        if (slice_equal(field->labels[i].value, value)) {
            return field->labels[i].label;
        }
    }
    return slice_of(NULL, 0);
}

/* ---- Separators ---- */

/*
 * Can a number have the separator in it? A row's text that is a number is in the index as that number is
 * shown, so that 1.20 would be 1 and 2, and 1e3 one value. Signs alone may be: -5 and 5-6 are split as
 * written.
 */
static bool
is_in_numbers(struct slice separator)
{
    static const char *const BEFORE[] = {"", "1", "1.", "1e"}, *const BEHIND[] = {"", "1", ".1"};
    bool is_in = false;
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < sizeof BEFORE / sizeof *BEFORE; i++) {
        for (size_t j = 0; j < sizeof BEHIND / sizeof *BEHIND; j++) {
            strbuf_clear(&text);
            strbuf_append_str(&text, BEFORE[i]);
            strbuf_append(&text, separator);
            strbuf_append_str(&text, BEHIND[j]);
            is_in = is_in || number_is_numeral(strbuf_slice(&text));
        }
    }
    strbuf_fini(&text);
    return is_in && separator.len && !slice_equal(separator, slice_lit("-")) &&
           !slice_equal(separator, slice_lit("+"));
}

bool
field_separator_check(struct slice separator, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    return !is_in_numbers(separator) ||
           error_set(err, "ERR",
                     "MULTI %s may be a part of a number, and 1.20 is read as 1.2: take another "
                     "separator",
                     error_quote(quoted, separator));
}

/* ---- A change ---- */

static bool
labels_are_short(const struct field_edit *change)
{
    bool ok = change->label.len <= FIELD_LABEL_MOST;
    for (size_t i = 0; ok && i < change->nlabels; i++) {
        ok = change->labels[i].label.len <= FIELD_LABEL_MOST;
    }
    return ok;
}

static bool
change_check(struct slice field, const struct field_edit *change, size_t nlabels, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (field.len == 0) {
        return error_set(err, "ERR", "a field has a name");
    }
    if (change->separator.ptr &&
        (change->separator.len == 0 || change->separator.len > FIELD_SEPARATOR_MOST)) {
        return error_set(err, "ERR",
                         "MULTI takes what stands between values, 1 to %d bytes, not %s",
                         FIELD_SEPARATOR_MOST, error_quote(quoted, change->separator));
    }
    if (!labels_are_short(change)) {
        return error_set(err, "ERR", "a label has at most %d bytes", FIELD_LABEL_MOST);
    }
    return nlabels + change->nlabels <= FIELD_LABELS_MOST ||
           error_set(err, "ERR", "a field has at most %d labels", FIELD_LABELS_MOST);
}

/* Adds a label in place of the one that its value has; an empty one only takes that away. */
static void
label_put(struct field_definition *field, struct slice value, struct slice label)
{
    size_t at = 0;
    while (at < field->nlabels && !slice_equal(field->labels[at].value, value)) {
        at++;
    }
    bool is_new = at == field->nlabels;
    if (!is_new) {
        drop(field->labels[at].label);
        field->labels[at].label = slice_of(NULL, 0);
    }
    if (label.len > 0) {
        if (is_new) {
            field->labels = must_grow(field->labels, at + 1, sizeof *field->labels);
            field->labels[field->nlabels++] = (struct field_label){.value = copy(value)};
        }
        field->labels[at].label = copy(label);
    } else if (!is_new) {
        drop(field->labels[at].value);
        memmove(&field->labels[at], &field->labels[at + 1],
                (field->nlabels - at - 1) * sizeof *field->labels);
        field->nlabels--;
    }
}

static struct field_definition
field_copy(const struct field_definition *from)
{
    struct field_definition field = {.name = copy(from->name),
                                     .separator = copy(from->separator),
                                     .reading = from->reading,
                                     .label = copy(from->label),
                                     .nlabels = from->nlabels};
    field.labels = must_array(from->nlabels, sizeof *field.labels);
    for (size_t i = 0; i < from->nlabels; i++) {
        field.labels[i].value = copy(from->labels[i].value);
        field.labels[i].label = copy(from->labels[i].label);
    }
    return field;
}

static void
field_edit(struct field_definition *field, const struct field_edit *change)
{
    if (change->sets_reading) {
        drop(field->separator);
        field->separator = copy(change->separator);
        field->reading = change->reading;
    }
    if (change->sets_label) {
        drop(field->label);
        field->label = change->label.len ? copy(change->label) : slice_of(NULL, 0);
    }
    while (change->drops_labels && field->nlabels > 0) {
        label_put(field, field->labels[field->nlabels - 1].value, slice_lit(""));
    }
    struct strbuf value;
    strbuf_init(&value);
    for (size_t i = 0; i < change->nlabels; i++) {
        struct slice canonical = value_canonical_buffered(&value, change->labels[i].value);
        label_put(field, canonical, change->labels[i].label);
    }
    strbuf_fini(&value);
}

static bool
says_something(const struct field_definition *field)
{
    return field->separator.ptr || field->reading != READ_AS_IS || field->label.ptr ||
           field->nlabels > 0;
}

/* One that the caller alone uses: *fields, or a copy of it. */
static struct field_definitions *
own(struct field_definitions **fields)
{
    struct field_definitions *from = *fields;
    if (from && from->users == 1) {
        return from;
    }
    struct field_definitions *mine = must_alloc(sizeof *mine);
    mine->users = 1;
    mine->items = must_array(from ? from->n : 0, sizeof *mine->items);
    for (size_t i = 0; from && i < from->n; i++) {
        mine->items[mine->n++] = field_copy(&from->items[i]);
    }
    field_definitions_release(from);
    *fields = mine;
    return mine;
}

static struct field_definition *
field_own(struct field_definitions *fields, struct slice name)
{
    struct field_definition *had =
        (struct field_definition *) (uintptr_t) field_definitions_find(fields, name);
    if (had) {
        return had;
    }
    fields->items = must_grow(fields->items, fields->n + 1, sizeof *fields->items);
    fields->items[fields->n] = (struct field_definition){.name = copy(name)};
    return &fields->items[fields->n++];
}

bool
field_definitions_change(struct field_definitions **fields, struct slice name,
                         const struct field_edit *change, struct error *err)
{
    const struct field_definition *had = field_definitions_find(*fields, name);
    if (!change_check(name, change, had && !change->drops_labels ? had->nlabels : 0, err)) {
        return false;
    }
    struct field_definitions *mine = own(fields);
    struct field_definition *field = field_own(mine, name);
    field_edit(field, change);
    if (!says_something(field)) {
        field_drop(field);
        memmove(field, field + 1, (size_t) (mine->items + mine->n - field - 1) * sizeof *field);
        mine->n--;
    }
    if (mine->n == 0) {
        field_definitions_release(mine);
        *fields = NULL;
    }
    return true;
}

static bool
is_same_field(const struct field_definition *a, const struct field_definition *b)
{
    bool is_same = slice_equal(a->name, b->name) && slice_equal(a->separator, b->separator) &&
                   a->reading == b->reading && slice_equal(a->label, b->label) &&
                   a->nlabels == b->nlabels;
    for (size_t i = 0; is_same && i < a->nlabels; i++) {
        is_same = slice_equal(a->labels[i].value, b->labels[i].value) &&
                  slice_equal(a->labels[i].label, b->labels[i].label);
    }
    return is_same;
}

bool
field_definitions_equal(const struct field_definitions *a, const struct field_definitions *b)
{
    size_t na = a ? a->n : 0, nb = b ? b->n : 0;
    bool is_same = na == nb;
    for (size_t i = 0; is_same && i < na; i++) {
        is_same = is_same_field(&a->items[i], &b->items[i]);
    }
    return is_same;
}

/* ---- Words ---- */

static const struct {
    const char *name;
    enum field_reading reading;
} READINGS[] = {{"", READ_AS_IS}, {"s", READ_EPOCH_S}, {"ms", READ_EPOCH_MS}};
enum { NREADINGS = sizeof READINGS / sizeof *READINGS };

const char *
field_reading_name(enum field_reading reading)
{
    return READINGS[reading].name;
}

bool
field_reading_parse(struct slice name, enum field_reading *out)
{
    for (size_t i = 1; i < NREADINGS; i++) {
        if (slice_equal_nocase(name, slice_str(READINGS[i].name))) {
            *out = READINGS[i].reading;
            return true;
        }
    }
    return false;
}
