/*
 * A load's calls to a server that are of datasets. A connection is there from the first of them until
 * it rests: loads are long, and servers close what is idle.
 *
 *     struct dataset_calls calls = {.address = address};
 *     dataset_ask_info(&calls, arena, survey, &info, &found, &err)     DATASET INFO survey
 *     dataset_tell(&calls, words, 5, &err)                             DATASET CREATE survey PREFIX ...
 *     dataset_calls_rest(&calls)
 */
#ifndef QUIPU_TOOLS_DATASET_CALLS_H
#define QUIPU_TOOLS_DATASET_CALLS_H

#include "base/arena.h"
#include "tools/connection.h"

struct dataset_calls {
    struct connection_address address;
    struct connection *connection; /* NULL: not now */
};

/* What DATASET INFO says. Texts are in an arena; empty: it does not say. */
struct dataset_info {
    struct slice name, prefix, keys, method;
    int64_t npartitions, percent; /* of the index: 100 where it does not say */
    bool is_known, is_empty;
};

/* The reply, which the caller frees; an error reply is one. NULL: IO. */
struct redisReply *dataset_ask(struct dataset_calls *calls, const struct slice *words,
                               size_t nwords, struct error *err);
/* Fails with IO; SERVER: what it answers is an error. */
bool dataset_tell(struct dataset_calls *calls, const struct slice *words, size_t nwords,
                  struct error *err) QUIPU_MUST_CHECK;
/* DATASET LABELS of this name, with these words behind it. Fails as dataset_tell does. */
bool dataset_tell_labels(struct dataset_calls *calls, struct slice name, const struct slice *words,
                         size_t nwords, struct error *err) QUIPU_MUST_CHECK;
/* A server that has no such command, or does not tell it to this user, is no error. *found is false
 * where it says that there is no such dataset. Fails with IO. */
bool dataset_ask_info(struct dataset_calls *calls, struct arena *arena, struct slice name,
                      struct dataset_info *info, bool *found, struct error *err) QUIPU_MUST_CHECK;
/* It says that there is no such dataset. */
bool reply_is_no_dataset(const struct redisReply *reply);
/* Closes the connection. The next call opens one. */
void dataset_calls_rest(struct dataset_calls *calls);

#endif
