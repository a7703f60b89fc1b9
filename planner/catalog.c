/*
 * Knows the datasets and aliases, and the dataset that a row's name belongs to. in: definitions (of
 * the configuration, of commands, of the shards); out: the dataset that a query or a row command
 * means.
 *
 * There are few datasets, so all look-ups walk lists.
 *
 *     datasets   current profile_,  w47 profile_,  people person_
 *     aliases    current -> w47
 *     holders    profile_ -> current (which is w47),  person_ -> people
 *     saved      ann, "by sex" -> count sex from current
 */
#include "planner/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/slot.h"
#include "base/utf8.h"
#include "planner/field_definitions.h"
#include "planner/saved_queries.h"

enum { MAX_PARTITIONS = CLUSTER_SLOTS };

struct pair {
    struct slice key, value; /* both owned */
};

struct pairs {
    struct pair *items;
    size_t count;
};

struct catalog {
    struct dataset **datasets;
    size_t count;
    struct pairs aliases; /* alias -> dataset's own name */
    struct pairs holders; /* prefix -> alias or dataset's own name */
    struct saved_queries *saved;
    uint64_t generation;
};

static struct slice
copy(struct slice s)
{
    return slice_of(must_copy(s), s.len);
}

static void
drop(struct slice owned)
{
    free((char *) owned.ptr);
}

/* ---- Pairs ---- */

static struct pair *
pairs_find(const struct pairs *pairs, struct slice key)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (slice_equal(pairs->items[i].key, key)) {
            return &pairs->items[i];
        }
    }
    return NULL;
}

static void
pairs_put(struct pairs *pairs, struct slice key, struct slice value)
{
    struct pair *pair = pairs_find(pairs, key);
    struct slice own = copy(value);
    if (pair) {
        drop(pair->value);
        pair->value = own;
        return;
    }
    pairs->items = must_grow(pairs->items, pairs->count + 1, sizeof *pairs->items);
    pairs->items[pairs->count++] = (struct pair){copy(key), own};
}

static void
pairs_remove(struct pairs *pairs, struct slice key)
{
    struct pair *pair = pairs_find(pairs, key);
    if (!pair) {
        return;
    }
    size_t at = (size_t) (pair - pairs->items);
    drop(pair->key);
    drop(pair->value);
    memmove(pair, pair + 1, (pairs->count - at - 1) * sizeof *pair);
    pairs->count--;
}

static void
pairs_clear(struct pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        drop(pairs->items[i].key);
        drop(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (struct pairs){NULL, 0};
}

/* ---- Life ---- */

void
dataset_retain(const struct dataset *dataset)
{
    ((struct dataset *) dataset)->users++;
}

void
dataset_release(const struct dataset *dataset)
{
    struct dataset *own = (struct dataset *) dataset;
    if (own && --own->users == 0) {
        drop(own->name);
        drop(own->prefix);
        field_definitions_release(own->fields);
        free(own);
    }
}

struct catalog *
catalog_new(void)
{
    struct catalog *catalog = must_alloc(sizeof *catalog);
    *catalog = (struct catalog){.generation = 1, .saved = must_alloc(sizeof *catalog->saved)};
    return catalog;
}

void
catalog_free(struct catalog *catalog)
{
    if (!catalog) {
        return;
    }
    for (size_t i = 0; i < catalog->count; i++) {
        dataset_release(catalog->datasets[i]);
    }
    free(catalog->datasets);
    pairs_clear(&catalog->aliases);
    pairs_clear(&catalog->holders);
    saved_queries_fini(catalog->saved);
    free(catalog->saved);
    free(catalog);
}

/* ---- Names ---- */

struct dataset *
catalog_own_name(const struct catalog *catalog, struct slice name)
{
    for (size_t i = 0; i < catalog->count; i++) {
        if (slice_equal(catalog->datasets[i]->name, name)) {
            return catalog->datasets[i];
        }
    }
    return NULL;
}

const struct dataset *
catalog_by_name(const struct catalog *catalog, struct slice name)
{
    const struct pair *alias = pairs_find(&catalog->aliases, name);
    const struct dataset *found = catalog_own_name(catalog, alias ? alias->value : name);
    return found && found->state != DATASET_DROPPING ? found : NULL;
}

/* The dataset of a prefix that plain row keys mean. */
static const struct dataset *
holder_of(const struct catalog *catalog, struct slice prefix)
{
    const struct pair *holder = pairs_find(&catalog->holders, prefix);
    const struct dataset *found = holder ? catalog_by_name(catalog, holder->value) : NULL;
    return found && slice_equal(found->prefix, prefix) ? found : NULL;
}

/* The place of the ':' of `name:key`; key.len if there is none. */
static size_t
name_end(struct slice key)
{
    const char *colon = key.len ? memchr(key.ptr, ':', key.len) : NULL;
    return colon ? (size_t) (colon - key.ptr) : key.len;
}

static const char OWN[] = "quipu";

bool
catalog_key_is_own(struct slice key)
{
    static const struct slice PREFIX = SLICE_LIT("quipu:");
    return slice_starts_with(key, PREFIX);
}

const struct dataset *
catalog_by_row(const struct catalog *catalog, struct slice key)
{
    if (catalog_key_is_own(key)) {
        return NULL;
    }
    for (size_t i = 0; i < catalog->holders.count; i++) {
        if (slice_starts_with(key, catalog->holders.items[i].key)) {
            return holder_of(catalog, catalog->holders.items[i].key);
        }
    }
    size_t end = name_end(key);
    if (end == key.len) {
        return NULL;
    }
    const struct dataset *named = catalog_by_name(catalog, slice_of(key.ptr, end));
    struct slice row = slice_of(key.ptr + end + 1, key.len - end - 1);
    return named && slice_starts_with(row, named->prefix) ? named : NULL;
}

struct slice
dataset_row(const struct dataset *dataset, struct slice key)
{
    if (slice_starts_with(key, dataset->prefix)) {
        return key;
    }
    size_t end = name_end(key);
    return slice_of(key.ptr + end + 1, key.len - end - 1);
}

bool
dataset_is_columns(const struct dataset *dataset)
{
    return dataset->method == METHOD_COLUMNS;
}

void
dataset_append_row_prefix(const struct dataset *dataset, struct strbuf *out)
{
    if (dataset->has_own_rows) {
        strbuf_append(out, dataset->name);
        strbuf_append_char(out, ':');
    }
}

bool
catalog_is_dropping(const struct catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++) {
        if (catalog->datasets[i]->state == DATASET_DROPPING) {
            return true;
        }
    }
    return false;
}

const struct dataset *
catalog_dropping_row(const struct catalog *catalog, struct slice key)
{
    for (size_t i = 0; i < catalog->count; i++) {
        const struct dataset *dataset = catalog->datasets[i];
        struct slice row = key;
        if (dataset->state != DATASET_DROPPING || dataset->keeps_rows ||
            !dataset_is_columns(dataset)) {
            continue;
        }
        size_t len = dataset->name.len;
        if (dataset->has_own_rows && key.len > len && key.ptr[len] == ':' &&
            slice_starts_with(key, dataset->name)) {
            row = slice_of(key.ptr + len + 1, key.len - len - 1);
        } else if (dataset->has_own_rows) {
            continue;
        }
        if (slice_starts_with(row, dataset->prefix)) {
            return dataset;
        }
    }
    return NULL;
}

/* Called after every change: gives each prefix a valid holder, and removes holders without use. */
static void
settle(struct catalog *catalog)
{
    catalog->generation++;
    for (size_t i = catalog->holders.count; i-- > 0;) {
        if (!holder_of(catalog, catalog->holders.items[i].key)) {
            pairs_remove(&catalog->holders, catalog->holders.items[i].key);
        }
    }
    for (size_t i = 0; i < catalog->count; i++) {
        const struct dataset *dataset = catalog->datasets[i];
        if (dataset->state != DATASET_DROPPING && !holder_of(catalog, dataset->prefix) &&
            catalog_by_name(catalog, dataset->name) == dataset) {
            pairs_put(&catalog->holders, dataset->prefix, dataset->name);
        }
    }
}

/* No ':' and no braces, because names of index keys use them. */
static bool
name_is_valid(struct slice name)
{
    if (name.len == 0 || name.len > CATALOG_NAME_BYTES_MOST || name.ptr[0] == ' ' ||
        name.ptr[name.len - 1] == ' ') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char) name.ptr[i];
        if (c < ' ' || c == 0x7f || memchr(":{}", c, 3)) {
            return false;
        }
    }
    return utf8_is_valid(name);
}

/* The index keys of a dataset begin with its name and ':'; no row may look like one. */
static bool
prefix_meets_index(struct slice prefix, struct slice name)
{
    size_t shared = prefix.len < name.len + 1 ? prefix.len : name.len + 1;
    for (size_t i = 0; i < shared; i++) {
        if (prefix.ptr[i] != (i < name.len ? name.ptr[i] : ':')) {
            return false;
        }
    }
    return true;
}

bool
catalog_check_new(struct slice name, struct slice prefix, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (slice_equal(name, slice_str(OWN))) {
        return error_set(err, "ERR", "%s cannot be a name: keys that start so are Quipu's own",
                         error_quote(quoted, name));
    }
    if (prefix.len && prefix_meets_index(prefix, slice_str(OWN))) {
        return error_set(err, "ERR", "prefix %s is what Quipu's own keys start with",
                         error_quote(quoted, prefix));
    }
    return true;
}

/* True: the name can be used beside all prefixes that exist. */
static bool
name_check(const struct catalog *catalog, const char *what, struct slice name, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES], other[ERROR_QUOTE_BYTES];
    if (!name_is_valid(name)) {
        return error_set(err, "ERR",
                         "%s is no name for %s: it takes up to %d bytes of UTF-8 without ':', "
                         "braces, control characters, or blanks at its ends",
                         error_quote(quoted, name), what, CATALOG_NAME_BYTES_MOST);
    }
    for (size_t i = 0; i < catalog->count; i++) {
        const struct dataset *have = catalog->datasets[i];
        if (prefix_meets_index(have->prefix, name)) {
            return error_set(err, "ERR",
                             "%s cannot be the name of %s: keys that start so are rows of prefix "
                             "%s, of dataset %.*s",
                             error_quote(quoted, name), what, error_quote(other, have->prefix),
                             SLICE_ARG(have->name));
        }
    }
    return true;
}

/* True: the prefix can be used beside the prefixes and names that exist. */
static bool
prefix_check(const struct catalog *catalog, struct slice prefix, struct slice name,
             struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES], other[ERROR_QUOTE_BYTES];
    if (prefix.len == 0) {
        return error_set(err, "ERR", "dataset %s needs a prefix of at least one byte",
                         error_quote(quoted, name));
    }
    if (prefix_meets_index(prefix, name)) {
        return error_set(err, "ERR", "prefix %s is what index keys of dataset %s start with",
                         error_quote(quoted, prefix), error_quote(other, name));
    }
    for (size_t i = 0; i < catalog->count; i++) {
        const struct dataset *have = catalog->datasets[i];
        if (!slice_equal(have->prefix, prefix) &&
            (slice_starts_with(have->prefix, prefix) || slice_starts_with(prefix, have->prefix))) {
            return error_set(err, "ERR",
                             "prefix %s and prefix %s of dataset %.*s overlap: give them the same "
                             "one, or prefixes of which none starts another",
                             error_quote(quoted, prefix), error_quote(other, have->prefix),
                             SLICE_ARG(have->name));
        }
        if (prefix_meets_index(prefix, have->name)) {
            return error_set(err, "ERR", "prefix %s is what index keys of dataset %s start with",
                             error_quote(quoted, prefix), error_quote(other, have->name));
        }
    }
    for (size_t i = 0; i < catalog->aliases.count; i++) {
        if (prefix_meets_index(prefix, catalog->aliases.items[i].key)) {
            return error_set(err, "ERR", "prefix %s is what rows of alias %s are called by",
                             error_quote(quoted, prefix),
                             error_quote(other, catalog->aliases.items[i].key));
        }
    }
    return true;
}

static struct dataset *
dataset_new(const struct dataset *like)
{
    struct dataset *dataset = must_alloc(sizeof *dataset);
    *dataset = *like;
    dataset->name = copy(like->name);
    dataset->prefix = copy(like->prefix);
    field_definitions_retain(like->fields);
    dataset->users = 1;
    return dataset;
}

static void
append(struct catalog *catalog, struct dataset *dataset)
{
    catalog->datasets = must_grow(catalog->datasets, catalog->count + 1, sizeof *catalog->datasets);
    catalog->datasets[catalog->count++] = dataset;
}

bool
catalog_add(struct catalog *catalog, struct slice name, struct slice prefix, unsigned npartitions,
            enum dataset_method method, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (!name_check(catalog, "a dataset", name, err)) {
        return false;
    }
    if (npartitions < 1 || npartitions > MAX_PARTITIONS) {
        return error_set(err, "ERR", "dataset %s: partitions must be 1 to %d, not %u",
                         error_quote(quoted, name), MAX_PARTITIONS, npartitions);
    }
    const struct dataset *have = catalog_own_name(catalog, name);
    if (have && have->state == DATASET_DROPPING) {
        return error_set(err, "ERR", "dataset %s is still being dropped",
                         error_quote(quoted, name));
    }
    if (have) {
        return error_set(err, "ERR", "dataset %s is there already", error_quote(quoted, name));
    }
    if (pairs_find(&catalog->aliases, name)) {
        return error_set(err, "ERR", "%s is an alias already", error_quote(quoted, name));
    }
    if (!prefix_check(catalog, prefix, name, err)) {
        return false;
    }
    struct dataset like = {
        .name = name, .prefix = prefix, .npartitions = npartitions, .method = method};
    for (size_t i = 0; i < catalog->count; i++) {
        const struct dataset *other = catalog->datasets[i];
        like.has_own_rows |= !other->has_own_rows && slice_equal(other->prefix, prefix);
    }
    append(catalog, dataset_new(&like));
    settle(catalog);
    return true;
}

bool
catalog_drop(struct catalog *catalog, struct slice name, bool keeps_rows, uint64_t version,
             struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct pair *alias = pairs_find(&catalog->aliases, name);
    struct dataset *dataset = catalog_own_name(catalog, name);
    if (!dataset && alias) {
        return error_set(err, "ERR",
                         "%s is an alias of dataset %.*s: DATASET UNALIAS takes it away, and DROP "
                         "the dataset by its own name",
                         error_quote(quoted, name), SLICE_ARG(alias->value));
    }
    if (!dataset || dataset->state == DATASET_DROPPING) {
        return error_set(err, "NODATASET", "there is no dataset %s", error_quote(quoted, name));
    }
    for (size_t i = 0; i < catalog->aliases.count; i++) {
        if (slice_equal(catalog->aliases.items[i].value, name)) {
            return error_set(err, "ERR",
                             "dataset %s is what alias %.*s means: let that mean another, or take "
                             "it away, first",
                             error_quote(quoted, name), SLICE_ARG(catalog->aliases.items[i].key));
        }
    }
    if (keeps_rows && !dataset_is_columns(dataset)) {
        return error_set(err, "ERR",
                         "dataset %s is by sets: its rows are stored for it alone, and go with it",
                         error_quote(quoted, name));
    }
    dataset->state = DATASET_DROPPING;
    dataset->keeps_rows = keeps_rows;
    dataset->since = version;
    settle(catalog);
    return true;
}

void
catalog_remove(struct catalog *catalog, struct slice name)
{
    for (size_t i = 0; i < catalog->count; i++) {
        if (slice_equal(catalog->datasets[i]->name, name)) {
            dataset_release(catalog->datasets[i]);
            memmove(&catalog->datasets[i], &catalog->datasets[i + 1],
                    (catalog->count - i - 1) * sizeof *catalog->datasets);
            catalog->count--;
            settle(catalog);
            return;
        }
    }
}

/* ---- Aliases ---- */

/* Plain row keys that follow this name stay with the dataset that the name means now. */
static void
rows_stay(struct catalog *catalog, struct slice alias)
{
    const struct pair *pair = pairs_find(&catalog->aliases, alias);
    const struct dataset *target = pair ? catalog_own_name(catalog, pair->value) : NULL;
    const struct pair *holder = target ? pairs_find(&catalog->holders, target->prefix) : NULL;
    if (holder && slice_equal(holder->value, alias)) {
        pairs_put(&catalog->holders, target->prefix, target->name);
    }
}

/* True: plain row keys follow a new alias of this dataset. */
static bool
rows_follow(const struct catalog *catalog, const struct dataset *target)
{
    const struct pair *holder = pairs_find(&catalog->holders, target->prefix);
    return !holder || (holder_of(catalog, target->prefix) == target &&
                       !pairs_find(&catalog->aliases, holder->value));
}

/* `ALIAS current current`: the name means the dataset itself again. */
static void
alias_end(struct catalog *catalog, const struct dataset *own)
{
    const struct pair *pair = pairs_find(&catalog->aliases, own->name);
    const struct dataset *old = pair ? catalog_own_name(catalog, pair->value) : NULL;
    if (old && !slice_equal(old->prefix, own->prefix)) {
        rows_stay(catalog, own->name);
    }
    pairs_remove(&catalog->aliases, own->name);
}

bool
catalog_alias(struct catalog *catalog, struct slice alias, struct slice name, bool takes_rows,
              struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES], other[ERROR_QUOTE_BYTES];
    const struct dataset *target = catalog_own_name(catalog, name);
    const struct dataset *hidden = catalog_own_name(catalog, alias);
    if (!target || target->state == DATASET_DROPPING) {
        return error_set(err, pairs_find(&catalog->aliases, name) ? "ERR" : "NODATASET",
                         pairs_find(&catalog->aliases, name)
                             ? "%s is an alias itself: name the dataset"
                             : "there is no dataset %s",
                         error_quote(quoted, name));
    }
    if (!name_check(catalog, "an alias", alias, err)) {
        return false;
    }
    if (hidden && !slice_equal(hidden->prefix, target->prefix)) {
        return error_set(err, "ERR",
                         "%s is a dataset with prefix %s: an alias of that name can only mean one "
                         "with the same prefix",
                         error_quote(quoted, alias), error_quote(other, hidden->prefix));
    }
    bool follows = takes_rows || rows_follow(catalog, target);
    if (hidden == target) {
        alias_end(catalog, target);
    } else {
        const struct pair *pair = pairs_find(&catalog->aliases, alias);
        const struct dataset *old = pair ? catalog_own_name(catalog, pair->value) : NULL;
        if (old && !slice_equal(old->prefix, target->prefix)) {
            rows_stay(catalog, alias);
        }
        pairs_put(&catalog->aliases, alias, name);
    }
    if (follows) {
        pairs_put(&catalog->holders, target->prefix, alias);
    }
    settle(catalog);
    return true;
}

bool
catalog_unalias(struct catalog *catalog, struct slice alias, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (!pairs_find(&catalog->aliases, alias)) {
        return error_set(err, "ERR", "there is no alias %s", error_quote(quoted, alias));
    }
    rows_stay(catalog, alias);
    pairs_remove(&catalog->aliases, alias);
    settle(catalog);
    return true;
}

/* ---- Fields ---- */

/* Takes fields over, which it becomes a user of. */
static void
fields_set(struct dataset *dataset, struct field_definitions *fields)
{
    field_definitions_retain(fields);
    field_definitions_release(dataset->fields);
    dataset->fields = fields;
}

bool
catalog_set_field(struct catalog *catalog, struct dataset *dataset, struct slice field,
                  const struct field_edit *change, struct error *err)
{
    if (!field_definitions_change(&dataset->fields, field, change, err)) {
        return false;
    }
    settle(catalog);
    return true;
}

bool
catalog_change_field(struct catalog *catalog, struct slice name, struct slice field,
                     const struct field_edit *change, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct dataset *found = catalog_by_name(catalog, name);
    if (!found) {
        return error_set(err, "NODATASET", "there is no dataset %s", error_quote(quoted, name));
    }
    return catalog_set_field(catalog, catalog_own_name(catalog, found->name), field, change, err);
}

const struct field_definition *
dataset_field(const struct dataset *dataset, struct slice name)
{
    return field_definitions_find(dataset->fields, name);
}

/* ---- As a whole ---- */

static bool
wish_add(struct catalog *catalog, const struct dataset_wish *wish, uint64_t version,
         struct error *err)
{
    if (!catalog_check_new(wish->name, wish->prefix, err) ||
        !catalog_add(catalog, wish->name, wish->prefix, wish->npartitions, wish->method, err)) {
        return false;
    }
    struct dataset *dataset = catalog_own_name(catalog, wish->name);
    dataset->born = dataset->since = version;
    return true;
}

bool
catalog_merge(struct catalog *catalog, const struct dataset_wish *wishes, size_t nwishes,
              bool is_first, uint64_t version, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES], other[ERROR_QUOTE_BYTES];
    for (size_t i = 0; i < nwishes; i++) {
        const struct dataset_wish *wish = &wishes[i];
        const struct dataset *have = catalog_by_name(catalog, wish->name);
        if (!have) {
            const struct dataset *going = catalog_own_name(catalog, wish->name);
            if (!going && (is_first || !wish->is_default) &&
                !wish_add(catalog, wish, is_first ? 0 : version, err)) {
                return false;
            }
            continue;
        }
        if (!wish->is_default && !slice_equal(have->prefix, wish->prefix)) {
            return error_set(err, "ERR",
                             "the shards have dataset %.*s with prefix %s, the configuration gives "
                             "it prefix %s: rows would be lost from sight",
                             SLICE_ARG(wish->name), error_quote(quoted, have->prefix),
                             error_quote(other, wish->prefix));
        }
        if (wish->npartitions_given && slice_equal(have->name, wish->name) &&
            have->npartitions != wish->npartitions) {
            return error_set(err, "ERR",
                             "the shards have dataset %.*s in %u partitions, the configuration "
                             "makes it %u: rows would be lost from sight",
                             SLICE_ARG(wish->name), have->npartitions, wish->npartitions);
        }
        if (wish->method != METHOD_AUTO && slice_equal(have->name, wish->name) &&
            dataset_is_columns(have) != (wish->method == METHOD_COLUMNS)) {
            return error_set(
                err, "ERR",
                "the shards have dataset %.*s by method %s, the configuration makes it "
                "%s: its rows are stored another way",
                SLICE_ARG(wish->name), dataset_is_columns(have) ? "columns" : "sets",
                dataset_method_name(wish->method));
        }
    }
    return true;
}

static bool
is_same(const struct dataset *a, const struct dataset *b)
{
    return slice_equal(a->name, b->name) && slice_equal(a->prefix, b->prefix) &&
           a->npartitions == b->npartitions && a->method == b->method &&
           a->has_own_rows == b->has_own_rows && a->born == b->born;
}

static void
pairs_copy(struct pairs *pairs, const struct pairs *from)
{
    pairs_clear(pairs);
    for (size_t i = 0; i < from->count; i++) {
        pairs_put(pairs, from->items[i].key, from->items[i].value);
    }
}

void
catalog_update(struct catalog *catalog, const struct catalog *from)
{
    struct dataset **old = catalog->datasets;
    size_t nold = catalog->count;
    catalog->datasets = NULL;
    catalog->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        const struct dataset *wanted = from->datasets[i];
        struct dataset *same = NULL;
        for (size_t j = 0; j < nold && !same; j++) {
            same = is_same(old[j], wanted) ? old[j] : NULL;
        }
        if (same) {
            same->state = wanted->state;
            same->keeps_rows = wanted->keeps_rows;
            same->since = wanted->since;
            fields_set(same, wanted->fields);
            dataset_retain(same);
        }
        append(catalog, same ? same : dataset_new(wanted));
    }
    for (size_t j = 0; j < nold; j++) {
        dataset_release(old[j]);
    }
    free(old);
    pairs_copy(&catalog->aliases, &from->aliases);
    pairs_copy(&catalog->holders, &from->holders);
    saved_queries_copy(catalog->saved, from->saved);
    settle(catalog);
}

struct saved_queries *
catalog_saved(const struct catalog *catalog)
{
    return catalog->saved;
}

size_t
catalog_count(const struct catalog *catalog)
{
    return catalog->count;
}

const struct dataset *
catalog_at(const struct catalog *catalog, size_t index)
{
    return catalog->datasets[index];
}

size_t
catalog_naliases(const struct catalog *catalog)
{
    return catalog->aliases.count;
}

struct catalog_alias
catalog_alias_at(const struct catalog *catalog, size_t index)
{
    const struct pair *pair = &catalog->aliases.items[index];
    return (struct catalog_alias){pair->key, pair->value};
}

bool
catalog_has_rows(const struct catalog *catalog, const struct dataset *dataset)
{
    return holder_of(catalog, dataset->prefix) == dataset;
}

bool
catalog_address(const struct catalog *catalog, const struct dataset *dataset, struct slice *name)
{
    *name = dataset->name;
    for (size_t i = 0; i < catalog->aliases.count && catalog_by_name(catalog, *name) != dataset;
         i++) {
        *name = catalog->aliases.items[i].key;
    }
    return catalog_by_name(catalog, *name) == dataset;
}

size_t
catalog_nholders(const struct catalog *catalog)
{
    return catalog->holders.count;
}

void
catalog_holder_at(const struct catalog *catalog, size_t index, struct slice *prefix,
                  struct slice *name)
{
    *prefix = catalog->holders.items[index].key;
    *name = catalog->holders.items[index].value;
}

void
catalog_hold(struct catalog *catalog, struct slice prefix, struct slice name)
{
    pairs_put(&catalog->holders, prefix, name);
    settle(catalog);
}

uint64_t
catalog_generation(const struct catalog *catalog)
{
    return catalog->generation;
}

const char *
dataset_method_name(enum dataset_method method)
{
    switch (method) {
    case METHOD_AUTO: return "auto";
    case METHOD_SETS: return "sets";
    case METHOD_COLUMNS: return "columns";
    }
    return "?";
}

bool
dataset_method_parse(struct slice name, enum dataset_method *out)
{
    for (int method = METHOD_AUTO; method <= METHOD_COLUMNS; method++) {
        if (slice_equal_nocase(name,
                               slice_str(dataset_method_name((enum dataset_method) method)))) {
            *out = (enum dataset_method) method;
            return true;
        }
    }
    return false;
}

const char *
dataset_state_name(enum dataset_state state)
{
    switch (state) {
    case DATASET_LIVE: return "live";
    case DATASET_INDEXING: return "indexing";
    case DATASET_DROPPING: return "dropping";
    }
    return "?";
}
