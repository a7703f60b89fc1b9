/*
 * The catalog as text, which the shards keep: a line per dataset, alias and holder, words between
 * spaces. in: struct catalog or text; out: the other.
 *
 * Names and prefixes may hold spaces: a space, a percent sign and control bytes are written %XX. So may
 * fields, separators, values and labels, which may be empty, and have a = before them. So have the names and texts of saved queries. The text
 * may come from another server, perhaps of another version. An unknown word is an error, since half
 * of a definition could hide rows.
 */
#include "planner/catalog_text.h"

#include <string.h>

#include "planner/field_definitions.h"
#include "planner/saved_queries.h"

static void
text_append(struct strbuf *out, struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.ptr[i];
        if (c <= ' ' || c == '%' || c == 0x7f) {
            strbuf_printf(out, "%%%02X", c);
        } else {
            strbuf_append_char(out, (char) c);
        }
    }
}

/* A keyword, and a name behind it. */
static void
name_append(struct strbuf *out, const char *keyword, struct slice name)
{
    strbuf_append_str(out, keyword);
    text_append(out, name);
}

static void
word_append(struct strbuf *out, struct slice text)
{
    strbuf_append_str(out, " =");
    text_append(out, text);
}

/* Nothing where the field is read as it is. */
static void
reading_print(const struct dataset *dataset, const struct field_definition *field,
              struct strbuf *out)
{
    if (!field->separator.ptr && field->reading == READ_AS_IS) {
        return;
    }
    name_append(out, "field ", dataset->name);
    word_append(out, field->name);
    if (field->separator.ptr) {
        strbuf_append_str(out, " multi");
        word_append(out, field->separator);
    }
    if (field->reading != READ_AS_IS) {
        strbuf_printf(out, " epoch %s", field_reading_name(field->reading));
    }
    strbuf_append_char(out, '\n');
}

void
catalog_print_readings(const struct dataset *dataset, const struct field_definitions *fields,
                       struct strbuf *out)
{
    for (size_t i = 0; fields && i < fields->n; i++) {
        reading_print(dataset, &fields->items[i], out);
    }
}

/* A line for how each field is read, if there is something to say, one for what it is called, and one
 * for each label of its values. */
static void
fields_print(const struct dataset *dataset, struct strbuf *out)
{
    const struct field_definitions *fields = dataset->fields;
    for (size_t i = 0; fields && i < fields->n; i++) {
        const struct field_definition *field = &fields->items[i];
        reading_print(dataset, field, out);
        if (field->label.ptr) {
            name_append(out, "title ", dataset->name);
            word_append(out, field->name);
            word_append(out, field->label);
            strbuf_append_char(out, '\n');
        }
        for (size_t k = 0; k < field->nlabels; k++) {
            name_append(out, "label ", dataset->name);
            word_append(out, field->name);
            word_append(out, field->labels[k].value);
            word_append(out, field->labels[k].label);
            strbuf_append_char(out, '\n');
        }
    }
}

static void
saved_print(const struct saved_queries *saved, struct strbuf *out)
{
    for (size_t i = 0; i < saved->n; i++) {
        name_append(out, "saved ", saved->items[i].user);
        word_append(out, saved->items[i].name);
        word_append(out, saved->items[i].text);
        strbuf_append_char(out, '\n');
    }
}

void
catalog_print(const struct catalog *catalog, struct strbuf *out)
{
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        name_append(out, "dataset ", dataset->name);
        name_append(out, " prefix ", dataset->prefix);
        strbuf_printf(out, " partitions %u method %s rows %s state %s born %llu since %llu%s\n",
                      dataset->npartitions, dataset_method_name(dataset->method),
                      dataset->has_own_rows ? "own" : "plain", dataset_state_name(dataset->state),
                      (unsigned long long) dataset->born, (unsigned long long) dataset->since,
                      dataset->keeps_rows ? " keep rows" : "");
    }
    for (size_t i = 0; i < catalog_naliases(catalog); i++) {
        struct catalog_alias alias = catalog_alias_at(catalog, i);
        name_append(out, "alias ", alias.name);
        name_append(out, " ", alias.dataset);
        strbuf_append_char(out, '\n');
    }
    for (size_t i = 0; i < catalog_nholders(catalog); i++) {
        struct slice prefix, name;
        catalog_holder_at(catalog, i, &prefix, &name);
        name_append(out, "holder ", prefix);
        name_append(out, " ", name);
        strbuf_append_char(out, '\n');
    }
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        fields_print(catalog_at(catalog, i), out);
    }
    saved_print(catalog_saved(catalog), out);
}

/* Takes the text up to the separator, and the separator. */
static struct slice
cut(struct slice *rest, char separator)
{
    const char *end = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    struct slice word = slice_of(rest->ptr, end ? (size_t) (end - rest->ptr) : rest->len);
    size_t taken = word.len + (end != NULL);
    *rest = slice_of(rest->ptr + taken, rest->len - taken);
    return word;
}

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool
text_read(struct slice word, struct strbuf *out)
{
    strbuf_clear(out);
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] != '%') {
            strbuf_append_char(out, word.ptr[i]);
            continue;
        }
        int high = i + 2 < word.len ? hex_digit(word.ptr[i + 1]) : -1;
        int low = i + 2 < word.len ? hex_digit(word.ptr[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return false;
        }
        strbuf_append_char(out, (char) (high * 16 + low));
        i += 2;
    }
    return out->len > 0;
}

static bool
state_read(struct slice word, enum dataset_state *out)
{
    for (int state = DATASET_LIVE; state <= DATASET_DROPPING; state++) {
        if (slice_equal(word, slice_str(dataset_state_name((enum dataset_state) state)))) {
            *out = (enum dataset_state) state;
            return true;
        }
    }
    return false;
}

static bool
version_read(struct slice word, uint64_t *out)
{
    int64_t n;
    if (!slice_to_int64(word, &n) || n < 0) {
        return false;
    }
    *out = (uint64_t) n;
    return true;
}

/* Reads one name and its value in a dataset's line. */
static bool
word_read(struct slice name, struct slice value, struct dataset *dataset)
{
    int64_t n;
    if (slice_equal(name, slice_lit("partitions"))) {
        bool ok = slice_to_int64(value, &n) && n > 0 && n <= INT32_MAX;
        dataset->npartitions = ok ? (unsigned) n : 0;
        return ok;
    }
    if (slice_equal(name, slice_lit("method"))) {
        return dataset_method_parse(value, &dataset->method);
    }
    if (slice_equal(name, slice_lit("rows"))) {
        dataset->has_own_rows = slice_equal(value, slice_lit("own"));
        return dataset->has_own_rows || slice_equal(value, slice_lit("plain"));
    }
    if (slice_equal(name, slice_lit("keep"))) {
        dataset->keeps_rows = slice_equal(value, slice_lit("rows"));
        return dataset->keeps_rows;
    }
    if (slice_equal(name, slice_lit("state"))) {
        return state_read(value, &dataset->state);
    }
    if (slice_equal(name, slice_lit("born"))) {
        return version_read(value, &dataset->born);
    }
    return slice_equal(name, slice_lit("since")) && version_read(value, &dataset->since);
}

static bool
dataset_line(struct catalog *catalog, struct slice name, struct slice rest, struct strbuf *prefix,
             struct error *err)
{
    struct dataset read = {.name = name};
    bool ok =
        slice_equal(cut(&rest, ' '), slice_lit("prefix")) && text_read(cut(&rest, ' '), prefix);
    while (ok && rest.len) {
        struct slice word = cut(&rest, ' ');
        ok = word_read(word, cut(&rest, ' '), &read);
    }
    if (!ok || !catalog_add(catalog, read.name, strbuf_slice(prefix), read.npartitions, read.method,
                            err)) {
        return false;
    }
    struct dataset *dataset = catalog_own_name(catalog, read.name);
    dataset->has_own_rows = read.has_own_rows;
    dataset->state = read.state;
    dataset->keeps_rows = read.keeps_rows;
    dataset->born = read.born;
    dataset->since = read.since;
    return true;
}

/* A word with = before it; it may be empty. */
static bool
word_take(struct slice *rest, struct strbuf *out)
{
    struct slice word = cut(rest, ' ');
    strbuf_clear(out);
    return word.len && word.ptr[0] == '=' &&
           (word.len == 1 || text_read(slice_of(word.ptr + 1, word.len - 1), out));
}

/* What is said of a field: its words in the buffers, which the change borrows. */
struct field_words {
    struct strbuf field, value, label;
    struct field_label pair;
};

static bool
field_read(struct slice *rest, struct field_words *words, struct field_edit *change)
{
    change->sets_reading = true;
    while (rest->len) {
        struct slice name = cut(rest, ' ');
        if (slice_equal(name, slice_lit("multi")) && word_take(rest, &words->value)) {
            change->separator = strbuf_slice(&words->value);
        } else if (!slice_equal(name, slice_lit("epoch")) ||
                   !field_reading_parse(cut(rest, ' '), &change->reading)) {
            return false;
        }
    }
    return true;
}

static bool
label_read(struct slice *rest, struct field_words *words, struct field_edit *change)
{
    if (!word_take(rest, &words->value) || !word_take(rest, &words->label)) {
        return false;
    }
    words->pair = (struct field_label){strbuf_slice(&words->value), strbuf_slice(&words->label)};
    change->labels = &words->pair;
    change->nlabels = 1;
    return true;
}

static bool
title_read(struct slice *rest, struct field_words *words, struct field_edit *change)
{
    change->sets_label = true;
    bool ok = word_take(rest, &words->label) && !rest->len;
    change->label = strbuf_slice(&words->label);
    return ok;
}

/* Reads what a line of this kind says behind the field's name. */
static bool
said_read(struct slice kind, struct slice *rest, struct field_words *words,
          struct field_edit *change)
{
    if (slice_equal(kind, slice_lit("label"))) {
        return label_read(rest, words, change);
    }
    return slice_equal(kind, slice_lit("title")) ? title_read(rest, words, change)
                                                 : field_read(rest, words, change);
}

static bool
is_of_field(struct slice kind)
{
    return slice_equal(kind, slice_lit("field")) || slice_equal(kind, slice_lit("label")) ||
           slice_equal(kind, slice_lit("title"));
}

static bool
field_line(struct catalog *catalog, struct slice kind, struct slice dataset, struct slice rest,
           struct error *err)
{
    struct field_words words = {.pair = {{NULL, 0}, {NULL, 0}}};
    struct field_edit change = {.sets_reading = false};
    bool ok = word_take(&rest, &words.field) && said_read(kind, &rest, &words, &change);
    ok = ok && catalog_own_name(catalog, dataset) &&
         catalog_set_field(catalog, catalog_own_name(catalog, dataset), strbuf_slice(&words.field),
                           &change, err);
    strbuf_fini(&words.field);
    strbuf_fini(&words.value);
    strbuf_fini(&words.label);
    return ok;
}

static bool
saved_line(struct catalog *catalog, struct slice user, struct slice rest)
{
    struct strbuf name, text;
    strbuf_init(&name);
    strbuf_init(&text);
    bool ok = word_take(&rest, &name) && word_take(&rest, &text) && !rest.len;
    if (ok) {
        saved_queries_put(catalog_saved(catalog), user, strbuf_slice(&name), strbuf_slice(&text));
    }
    strbuf_fini(&name);
    strbuf_fini(&text);
    return ok;
}

/* Each line has two words of the catalog in front: the first is a name, or a holder's prefix. */
struct line_words {
    struct strbuf first, second;
};

static bool
line_read(struct catalog *catalog, struct slice line, struct line_words *words, struct error *err)
{
    struct slice rest = line, kind = cut(&rest, ' ');
    if (!text_read(cut(&rest, ' '), &words->first)) {
        return false;
    }
    struct slice first = strbuf_slice(&words->first);
    if (slice_equal(kind, slice_lit("dataset"))) {
        return dataset_line(catalog, first, rest, &words->second, err);
    }
    if (is_of_field(kind)) {
        return field_line(catalog, kind, first, rest, err);
    }
    if (slice_equal(kind, slice_lit("saved"))) {
        return saved_line(catalog, first, rest);
    }
    if (!text_read(rest, &words->second)) {
        return false;
    }
    struct slice second = strbuf_slice(&words->second);
    if (slice_equal(kind, slice_lit("alias"))) {
        return catalog_alias(catalog, first, second, false, err);
    }
    if (slice_equal(kind, slice_lit("holder"))) {
        catalog_hold(catalog, first, second);
        return true;
    }
    return false;
}

struct catalog *
catalog_parse(struct slice text, struct error *err)
{
    struct catalog *catalog = catalog_new();
    struct line_words words = {0};
    bool ok = true;
    while (ok && text.len) {
        char quoted[ERROR_QUOTE_BYTES];
        struct error cause = {"", ""};
        struct slice line = cut(&text, '\n');
        ok = line_read(catalog, line, &words, &cause);
        if (!ok) {
            error_set(err, "ERR", "quipu:catalog holds a line that means nothing here: %s%s%s",
                      error_quote(quoted, line), error_is_set(&cause) ? ": " : "", cause.message);
        }
    }
    strbuf_fini(&words.first);
    strbuf_fini(&words.second);
    if (!ok) {
        catalog_free(catalog);
        return NULL;
    }
    return catalog;
}

static bool
reading_line(struct slice line, struct field_definitions **fields, struct error *err)
{
    struct field_words words = {.pair = {{NULL, 0}, {NULL, 0}}};
    struct field_edit edit = {.sets_reading = false};
    bool ok = slice_equal(cut(&line, ' '), slice_lit("field")) && cut(&line, ' ').len > 0 &&
              word_take(&line, &words.field) && field_read(&line, &words, &edit) &&
              field_definitions_change(fields, strbuf_slice(&words.field), &edit, err);
    strbuf_fini(&words.field);
    strbuf_fini(&words.value);
    strbuf_fini(&words.label);
    return ok;
}

bool
catalog_parse_readings(struct slice text, struct field_definitions **out, struct error *err)
{
    *out = NULL;
    while (text.len) {
        char quoted[ERROR_QUOTE_BYTES];
        struct error cause = {"", ""};
        struct slice line = cut(&text, '\n');
        if (!reading_line(line, out, &cause)) {
            field_definitions_release(*out);
            *out = NULL;
            return error_set(err, "ERR", "%s says nothing about a field",
                             error_quote(quoted, line));
        }
    }
    return true;
}
