/*
 * The names of datasets as a client may know them: to be offered, and to be proposed where one was
 * mistyped.
 *
 *     -NODATASET at column 12: there is no dataset 'curent'; did you mean 'current'?
 */
#ifndef QUIPU_SERVER_COMMANDS_DATASET_NAMES_H
#define QUIPU_SERVER_COMMANDS_DATASET_NAMES_H

#include "base/arena.h"
#include "base/error.h"

struct client;
struct request;

/* All names and aliases of the datasets that the client's user may see, in the arena; *n: how many. */
struct slice *dataset_names(struct client *client, struct arena *arena, size_t *n);
/*
 * As request_finish. An error that there is no such dataset proposes the nearest name that the client's
 * user may see. The executor knows no users, so it is done here.
 */
void dataset_names_finish(struct request *request, const struct error *err);

#endif
