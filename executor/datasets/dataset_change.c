/*
 * Dataset changes: what a command asks for, as an edit of the catalog.
 * in: struct dataset_change; out: the catalog changed for all servers, and the work of DROP and
 * REINDEX begun on this server.
 */
#include "executor/datasets/dataset_change.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/datasets/dataset_work.h"
#include "executor/datasets/datasets_parts.h"

struct pending {
    struct datasets *datasets;
    struct arena *arena;
    struct dataset_change change;
    struct slice dataset; /* REINDEX: the dataset's own name */
    uint64_t version;     /* of the last edit, the one that was written */
    definitions_done_fn *done;
    void *arg;
};

static bool
create(struct catalog *catalog, struct pending *pending, struct error *err)
{
    const struct dataset_change *change = &pending->change;
    if (!catalog_check_new(change->name, change->prefix, err) ||
        !catalog_add(catalog, change->name, change->prefix, change->npartitions, change->method,
                     err)) {
        return false;
    }
    struct dataset *dataset = catalog_own_name(catalog, change->name);
    dataset->born = dataset->since = pending->version;
    return !change->nfields || catalog_set_field(catalog, dataset, change->fields[0].field,
                                                 &change->fields[0].edit, err);
}

static bool
reindex(struct catalog *catalog, struct pending *pending, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    const struct dataset *found = catalog_by_name(catalog, pending->change.name);
    if (!found) {
        return error_set(err, "NODATASET", "there is no dataset %s",
                         error_quote(quoted, pending->change.name));
    }
    if (found->state == DATASET_INDEXING) {
        return error_set(err, "ERR", "dataset %s is being indexed already",
                         error_quote(quoted, found->name));
    }
    struct dataset *dataset = catalog_own_name(catalog, found->name);
    dataset->state = DATASET_INDEXING;
    dataset->since = pending->version;
    pending->dataset = arena_copy(pending->arena, dataset->name);
    return true;
}

static bool
change_fields(struct catalog *catalog, const struct dataset_change *change, struct error *err)
{
    bool ok = true;
    for (size_t i = 0; ok && i < change->nfields; i++) {
        ok = catalog_change_field(catalog, change->name, change->fields[i].field,
                                  &change->fields[i].edit, err);
    }
    return ok;
}

static bool
edit(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    (void) is_first;
    struct pending *pending = arg;
    const struct dataset_change *change = &pending->change;
    pending->version = version;
    switch (change->op) {
    case CHANGE_CREATE: return create(catalog, pending, err);
    case CHANGE_DROP: return catalog_drop(catalog, change->name, change->keeps_rows, version, err);
    case CHANGE_ALIAS:
        return catalog_check_new(change->name, slice_of("", 0), err) &&
               catalog_alias(catalog, change->name, change->target, change->takes_rows, err);
    case CHANGE_UNALIAS: return catalog_unalias(catalog, change->name, err);
    case CHANGE_REINDEX: return reindex(catalog, pending, err);
    case CHANGE_FIELD: return change_fields(catalog, change, err);
    }
    return false;
}

static void
on_known_to_all(void *arg, const struct error *err)
{
    struct pending *pending = arg;
    if (!shards_are_closing(pending->datasets->shards)) {
        if (!err && pending->change.op == CHANGE_DROP) {
            dataset_work_begin(pending->datasets, pending->change.name, pending->version);
        } else if (!err && pending->change.op == CHANGE_REINDEX) {
            dataset_work_begin(pending->datasets, pending->dataset, pending->version);
        }
        pending->done(pending->arg, err);
    }
    arena_free(pending->arena);
    free(pending);
}

static void
on_changed(void *arg, const struct error *err)
{
    struct pending *pending = arg;
    if (err || shards_are_closing(pending->datasets->shards)) {
        on_known_to_all(pending, err);
    } else {
        definitions_await_others(pending->datasets, on_known_to_all, pending);
    }
}

static void
on_known(void *arg)
{
    struct pending *pending = arg;
    struct error err = {"", ""};
    if (shards_are_closing(pending->datasets->shards)) {
        on_known_to_all(pending, NULL);
    } else if (!definitions_are_known(pending->datasets, &err)) {
        on_changed(pending, &err);
    } else {
        definitions_change(pending->datasets, edit, pending, on_changed);
    }
}

static struct dataset_field_change
field_copy(struct arena *arena, const struct dataset_field_change *from)
{
    struct dataset_field_change field = {arena_copy(arena, from->field), from->edit};
    struct field_label *labels = arena_array(arena, from->edit.nlabels, sizeof *labels);
    for (size_t i = 0; i < from->edit.nlabels; i++) {
        labels[i] = (struct field_label){arena_copy(arena, from->edit.labels[i].value),
                                         arena_copy(arena, from->edit.labels[i].label)};
    }
    field.edit.labels = labels;
    field.edit.label = arena_copy(arena, from->edit.label);
    if (from->edit.separator.ptr) {
        field.edit.separator = arena_copy(arena, from->edit.separator);
    }
    return field;
}

static void
fields_copy(struct arena *arena, struct dataset_change *change)
{
    struct dataset_field_change *fields = arena_array(arena, change->nfields, sizeof *fields);
    for (size_t i = 0; i < change->nfields; i++) {
        fields[i] = field_copy(arena, &change->fields[i]);
    }
    change->fields = fields;
}

void
dataset_change_start(struct datasets *datasets, const struct dataset_change *change,
                     definitions_done_fn *done, void *arg)
{
    struct pending *pending = must_alloc(sizeof *pending);
    struct arena *arena = arena_new();
    *pending = (struct pending){
        .datasets = datasets, .arena = arena, .change = *change, .done = done, .arg = arg};
    pending->change.name = arena_copy(arena, change->name);
    pending->change.target = arena_copy(arena, change->target);
    pending->change.prefix = arena_copy(arena, change->prefix);
    fields_copy(arena, &pending->change);
    later_call(datasets->later, on_known, pending);
}
