/*
 * Old indexes: what an older version of Quipu has left in the partitions is not read but made anew.
 * in: a partition's OLDINDEX; out: the dataset is INDEXING in the catalog, and the work begun.
 *
 * Example: the first count after an upgrade meets a partition without a layout in its mark. It
 * answers INDEXING, and so do all counts until the index has been made from the rows. If two
 * servers, or two counts, find out at the same time, the second edit finds the dataset INDEXING and
 * changes nothing.
 */
#include "executor/datasets/old_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/datasets/dataset_work.h"
#include "executor/datasets/datasets_parts.h"
#include "executor/datasets/definitions.h"

struct rebuilding {
    struct datasets *datasets;
    char *name; /* the dataset's own */
    uint64_t born;
    uint64_t version; /* of the last edit, the one that was written */
};

static bool
edit(struct catalog *catalog, uint64_t version, bool is_first, void *arg, struct error *err)
{
    (void) is_first;
    struct rebuilding *rebuilding = arg;
    struct dataset *dataset = catalog_own_name(catalog, slice_str(rebuilding->name));
    if (!dataset || dataset->born != rebuilding->born || dataset->state != DATASET_LIVE) {
        return error_set(err, "NODATASET", "dataset %s is not live any more", rebuilding->name);
    }
    dataset->state = DATASET_INDEXING;
    dataset->since = rebuilding->version = version;
    return true;
}

static void
rebuilding_free(struct rebuilding *rebuilding)
{
    free(rebuilding->name);
    free(rebuilding);
}

static void
on_known_to_all(void *arg, const struct error *err)
{
    struct rebuilding *rebuilding = arg;
    struct datasets *datasets = rebuilding->datasets;
    if (!err && !shards_are_closing(datasets->shards)) {
        dataset_work_begin(datasets, slice_str(rebuilding->name), rebuilding->version);
    }
    rebuilding_free(rebuilding);
}

static void
on_changed(void *arg, const struct error *err)
{
    struct rebuilding *rebuilding = arg;
    struct datasets *datasets = rebuilding->datasets;
    if (err || shards_are_closing(datasets->shards)) {
        rebuilding_free(rebuilding);
        return;
    }
    log_write(shards_log(datasets->shards), LOG_NOTICE,
              "dataset %s: its index is of an older version and is made anew", rebuilding->name);
    definitions_await_others(datasets, on_known_to_all, rebuilding);
}

void
old_index_rebuild(struct datasets *datasets, const struct handle *dataset, struct error *err)
{
    if (strcmp(err->code, "OLDINDEX") != 0) {
        return;
    }
    error_clear(err);
    handle_indexing(dataset, err);
    if (dataset->dataset->state != DATASET_LIVE) {
        return;
    }
    struct rebuilding *rebuilding = must_alloc(sizeof *rebuilding);
    *rebuilding = (struct rebuilding){.datasets = datasets,
                                      .name = must_copy(dataset->dataset->name),
                                      .born = dataset->dataset->born};
    definitions_change(datasets, edit, rebuilding, on_changed);
}
