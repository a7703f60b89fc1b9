/*
 * Keyspace translates between keys as clients name them and as shards have them. in: either; out:
 * the other.
 */
#include "executor/datasets/keyspace.h"

#include <string.h>

#include "executor/datasets/datasets_parts.h"

/* Finds the partition whose tag the key ends with; false: the tag is not one of this dataset's. */
static bool
tag_find(const struct handle *dataset, struct slice key, size_t *tag_at)
{
    if (key.len < 3 || key.ptr[key.len - 1] != '}') {
        return false;
    }
    unsigned npartitions = dataset->dataset->npartitions;
    size_t p = (size_t) key_slot(key) * npartitions / CLUSTER_SLOTS;
    struct slice tag = slice_str(dataset->partitions[p].tag);
    if (key.len < tag.len || memcmp(key.ptr + key.len - tag.len, tag.ptr, tag.len) != 0) {
        return false;
    }
    *tag_at = key.len - tag.len;
    return true;
}

/*
 * True: the key belongs to a dataset in a shard: an index key, or a row stored under the dataset's
 * name.
 */
static bool
is_own_of(const struct handle *dataset, struct slice key)
{
    struct slice name = dataset->dataset->name;
    size_t tag_at;
    return !dataset_is_columns(dataset->dataset) && key.len > name.len &&
           key.ptr[name.len] == ':' && slice_starts_with(key, name) &&
           tag_find(dataset, key, &tag_at);
}

/*
 * A mark of a dropped dataset's partition, which stays for a while after the dataset is forgotten:
 * its state, or that it was watched.
 */
static bool
is_mark(struct slice key)
{
    static const char *const MARKS[] = {":index:state{", ":index:changes{"};
    for (size_t i = 0; i < sizeof MARKS / sizeof *MARKS; i++) {
        size_t len = strlen(MARKS[i]), tail = len + 4; /* 06S} */
        if (key.len > tail && memcmp(key.ptr + key.len - tail, MARKS[i], len) == 0) {
            return true;
        }
    }
    return false;
}

bool
keyspace_is_reserved(const struct datasets *datasets, struct slice key)
{
    if (catalog_key_is_own(key) || is_mark(key)) {
        return true;
    }
    for (const struct handle *dataset = handles_first(datasets->handles); dataset;
         dataset = dataset->next) {
        if (is_own_of(dataset, key)) {
            return true;
        }
    }
    return false;
}

bool
keyspace_survives_drop(const struct datasets *datasets, struct slice key, struct error *err)
{
    const struct dataset *dataset = catalog_dropping_row(datasets->catalog, key);
    char quoted[ERROR_QUOTE_BYTES];
    return !dataset ||
           error_set(err, "NODATASET",
                     "dataset %.*s is being dropped, and key %s with it: it can be written again "
                     "when the dataset is gone",
                     SLICE_ARG(dataset->name), error_quote(quoted, key));
}

/*
 * Appends the name that clients use for a row of this dataset, from its stored key. The stored key
 * is escaped, except by columns. False: no name leads to the dataset any more.
 */
static bool
row_name(const struct datasets *datasets, const struct dataset *dataset, struct slice row,
         struct strbuf *name)
{
    struct slice address = slice_lit("");
    if (!catalog_has_rows(datasets->catalog, dataset)) {
        if (!catalog_address(datasets->catalog, dataset, &address)) {
            return false;
        }
        strbuf_append(name, address);
        strbuf_append_char(name, ':');
    }
    if (dataset_is_columns(dataset)) {
        strbuf_append(name, row);
    } else {
        key_append_unescaped(name, row);
    }
    return true;
}

/* The part of a stored key that names the row; false: the key is no row of the dataset. */
static bool
stored_row(const struct handle *own, struct slice stored, struct slice *row)
{
    size_t skip = own->row_prefix.len, tag_at;
    if (stored.len <= skip || !slice_starts_with(stored, own->row_prefix)) {
        return false;
    }
    *row = slice_of(stored.ptr + skip, stored.len - skip);
    if (!slice_starts_with(*row, own->dataset->prefix)) {
        return false;
    }
    if (dataset_is_columns(own->dataset)) {
        return true;
    }
    if (!tag_find(own, stored, &tag_at)) {
        return false;
    }
    *row = slice_of(row->ptr, tag_at - skip);
    return true;
}

enum key_kind
keyspace_kind(const struct datasets *datasets, struct slice stored, struct strbuf *name)
{
    struct slice row;
    for (const struct handle *own = handles_first(datasets->handles); own; own = own->next) {
        if (stored_row(own, stored, &row)) {
            return row_name(datasets, own->dataset, row, name) ? KEY_ROW : KEY_HIDDEN;
        }
    }
    return keyspace_is_reserved(datasets, stored) ? KEY_HIDDEN : KEY_PLAIN;
}

/* `w47:row:profile_` and `profile_`, say. */
static bool
begins_otherwise(const struct datasets *datasets, const struct handle *own)
{
    struct strbuf shown;
    strbuf_init(&shown);
    bool is_shown = row_name(datasets, own->dataset, slice_lit(""), &shown);
    bool is_same = slice_equal(strbuf_slice(&shown), own->row_prefix);
    strbuf_fini(&shown);
    return is_shown && !is_same;
}

bool
keyspace_begins_otherwise(const struct datasets *datasets)
{
    for (const struct handle *own = handles_first(datasets->handles); own; own = own->next) {
        if (begins_otherwise(datasets, own)) {
            return true;
        }
    }
    return false;
}

void
keyspace_home(struct datasets *datasets, struct slice stored, struct strbuf *name,
              struct key_home *home)
{
    struct slice row;
    size_t start = name->len;
    *home = (struct key_home){.is_own = catalog_key_is_own(stored)};
    const struct handle *own = handles_first(datasets->handles);
    while (own && !stored_row(own, stored, &row) && !is_own_of(own, stored)) {
        own = own->next;
    }
    const struct dataset *named = own ? NULL : catalog_by_row(datasets->catalog, stored);
    if (own) {
        home->dataset = own->dataset;
        home->is_index = !stored_row(own, stored, &row);
    } else if (named) {
        home->dataset = named;
    } else {
        home->is_index = keyspace_is_reserved(datasets, stored);
    }
    if (named) {
        keyspace_append_row(datasets, named, stored, name);
    } else {
        strbuf_append(name, stored);
    }
    home->slot = key_slot(slice_of(name->ptr + start, name->len - start));
}

unsigned
keyspace_row_slot(struct datasets *datasets, struct slice key)
{
    const struct dataset *dataset = catalog_by_row(datasets->catalog, key);
    if (dataset_is_columns(dataset)) {
        struct strbuf stored;
        strbuf_init(&stored);
        keyspace_append_row(datasets, dataset, key, &stored);
        unsigned slot = key_slot(strbuf_slice(&stored));
        strbuf_fini(&stored);
        return slot;
    }
    unsigned partition = partition_of(dataset_row(dataset, key), dataset->npartitions);
    return handles_get(datasets->handles, dataset)->partitions[partition].slot;
}

bool
keyspace_is_renamed(const struct datasets *datasets, struct slice key)
{
    const struct dataset *dataset = catalog_by_row(datasets->catalog, key);
    if (!dataset || !dataset_is_columns(dataset)) {
        return dataset != NULL;
    }
    if (slice_starts_with(key, dataset->prefix)) {
        return dataset->has_own_rows;
    }
    bool is_own_name = slice_starts_with(key, dataset->name) && key.len > dataset->name.len &&
                       key.ptr[dataset->name.len] == ':';
    return !(dataset->has_own_rows && is_own_name);
}

void
keyspace_append_row(struct datasets *datasets, const struct dataset *dataset, struct slice key,
                    struct strbuf *out)
{
    const struct handle *own = handles_get(datasets->handles, dataset);
    struct slice row = dataset_row(dataset, key);
    strbuf_append(out, own->row_prefix);
    if (dataset_is_columns(dataset)) {
        strbuf_append(out, row);
        return;
    }
    key_append_value(out, row);
    strbuf_append_str(out, own->partitions[partition_of(row, dataset->npartitions)].tag);
}
