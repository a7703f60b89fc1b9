/*
 * Changes of datasets that users ask for. Each change is one step for all servers.
 *
 *     struct dataset_change change = {CHANGE_ALIAS, slice_lit("current"), .target =
 * slice_lit("w47")}; dataset_change_start(datasets, &change, on_changed, request)
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASET_CHANGE_H
#define QUIPU_EXECUTOR_DATASETS_DATASET_CHANGE_H

#include "executor/datasets/definitions.h"
#include "planner/field_definitions.h"

enum dataset_change_op {
    CHANGE_CREATE,  /* name prefix npartitions method, perhaps a field */
    CHANGE_DROP,    /* name: gone at once; rows and index are removed in the background;
                       keeps_rows */
    CHANGE_ALIAS,   /* name: the alias, target: a dataset; takes_rows */
    CHANGE_UNALIAS, /* name: the alias */
    CHANGE_REINDEX, /* name: counts answer INDEXING until the index has been made from the rows */
    CHANGE_FIELD    /* name, fields: what is said about them, all or nothing */
};

struct dataset_field_change {
    struct slice field;
    struct field_edit edit;
};

struct dataset_change {
    enum dataset_change_op op;
    struct slice name, target, prefix;
    unsigned npartitions;
    enum dataset_method method;
    bool takes_rows;                           /* ALIAS */
    bool keeps_rows;                           /* DROP */
    const struct dataset_field_change *fields; /* FIELD; CREATE: one, or none */
    size_t nfields;
};

/*
 * Everything is copied. done is called once, later: with err, or with NULL when this server and the
 * others over the shards know the change.
 */
void dataset_change_start(struct datasets *datasets, const struct dataset_change *change,
                          definitions_done_fn *done, void *arg);

#endif
