/*
 * Work on a whole dataset that outlives the command that asked for it: dropping it, and making its
 * index anew.
 *
 *     DATASET DROP w46 -> the catalog says "dropping since 17" -> dataset_work_begin(..., 17)
 *
 * What is to be done stands in the catalog first. So when the server that does it dies, another
 * one, or its successor, sees that nothing is said of the work any more, has itself written down as
 * the one to do it, and begins it again: all steps can be done twice. Each partition is marked with
 * whose work it is, and every step looks at the mark: who was only slow finds that it was
 * overtaken.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DATASET_WORK_H
#define QUIPU_EXECUTOR_DATASETS_DATASET_WORK_H

#include "executor/datasets/datasets_setup.h"
#include "executor/datasets/definitions.h"

/* This server is the one: the catalog's version since says so. Nothing where it does not. */
void dataset_work_begin(struct datasets *datasets, struct slice name, uint64_t since);
/* To be called often: goes on, tells how far, and takes over what nobody does. */
void dataset_work_tick(struct datasets *datasets, int64_t now_ms);
/* When no shard can call back any more. */
void dataset_work_free_all(struct datasets *datasets);

#endif
