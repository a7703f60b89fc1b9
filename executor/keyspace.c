/*
 * Keys as clients name them and as shards have them. in: either; out: the other.
 */
#include "executor/keyspace.h"

#include <string.h>

#include "executor/internal.h"

/* The partition whose tag the key ends with; false where it ends with none of this dataset's. */
static bool
tag_find(const struct executor_dataset *dataset, struct slice key, size_t *tag_at)
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

static bool
is_own_of(const struct executor_dataset *dataset, struct slice key)
{
    struct slice name = dataset->dataset->name;
    size_t tag_at;
    return key.len > name.len && key.ptr[name.len] == ':' && slice_starts_with(key, name) &&
           tag_find(dataset, key, &tag_at);
}

bool
keyspace_is_reserved(const struct executor *executor, struct slice key)
{
    if (slice_starts_with(key, slice_lit("quipu:"))) {
        return true;
    }
    for (size_t i = 0; i < executor->ndatasets; i++) {
        if (is_own_of(&executor->datasets[i], key)) {
            return true;
        }
    }
    return false;
}

enum key_kind
keyspace_kind(const struct executor *executor, struct slice stored, struct strbuf *name)
{
    size_t tag_at;
    if (keyspace_is_reserved(executor, stored)) {
        return KEY_HIDDEN;
    }
    for (size_t i = 0; i < executor->ndatasets; i++) {
        const struct executor_dataset *dataset = &executor->datasets[i];
        if (slice_starts_with(stored, dataset->dataset->prefix) &&
            tag_find(dataset, stored, &tag_at)) {
            key_append_unescaped(name, slice_of(stored.ptr, tag_at));
            return KEY_ROW;
        }
    }
    return KEY_PLAIN;
}

unsigned
keyspace_row_slot(const struct executor *executor, struct slice row)
{
    const struct dataset *dataset = catalog_by_row(executor->catalog, row);
    unsigned partition = partition_of(row, dataset->npartitions);
    return executor->datasets[dataset->index].partitions[partition].slot;
}

void
keyspace_append_row(struct executor *executor, const struct dataset *dataset, struct slice row,
                    struct strbuf *out)
{
    unsigned partition = partition_of(row, dataset->npartitions);
    key_append_value(out, row);
    strbuf_append_str(out, executor_dataset(executor, dataset)->partitions[partition].tag);
}
