/*
 * Datasets: the root of what keeps and changes datasets; made and ended here. in: shards, a
 * catalog, its handles; out: what definitions, admin and keyspace work with.
 */
#include "executor/datasets/datasets.h"

#include <stdlib.h>

#include "base/must.h"
#include "executor/datasets/dataset_work.h"
#include "executor/datasets/datasets_parts.h"
#include "executor/datasets/definitions.h"
#include "executor/datasets/saved_change.h"

struct datasets *
datasets_new(const struct datasets_setup *setup)
{
    struct datasets *datasets = must_alloc(sizeof *datasets);
    *datasets = (struct datasets){.shards = setup->shards,
                                  .catalog = setup->catalog,
                                  .handles = setup->handles,
                                  .later = setup->later,
                                  .settings = setup->settings,
                                  .cache = setup->cache};
    list_init(&datasets->works);
    list_init(&datasets->clearings);
    datasets->definitions = definitions_new(datasets);
    return datasets;
}

void
datasets_free(struct datasets *datasets)
{
    definitions_free(datasets->definitions);
    dataset_work_free_all(datasets);
    saved_change_free_all(datasets);
    free(datasets);
}

void
datasets_tick(struct datasets *datasets, int64_t now_ms)
{
    struct error ignored = {"", ""};
    definitions_tick(datasets->definitions, now_ms);
    if (definitions_are_known(datasets, &ignored)) {
        dataset_work_tick(datasets, now_ms);
        saved_change_tick(datasets, now_ms);
    }
}
