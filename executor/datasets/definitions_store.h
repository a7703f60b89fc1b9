/*
 * The store: the hash quipu:catalog, in the shard that has its slot.
 *
 *     store_read(shards, on_read, request, &err)          every field
 *     store_write(shards, 16, 17, text, ...)              unless it has another version than 16
 *     store_set(shards, slice_lit("server:4f0a"), ...)    one field, by who does not wait for it
 *
 * executor/datasets/definitions.h says what its fields are.
 */
#ifndef QUIPU_EXECUTOR_DATASETS_DEFINITIONS_STORE_H
#define QUIPU_EXECUTOR_DATASETS_DEFINITIONS_STORE_H

#include "executor/shards/reply_collect.h"
#include "executor/shards/shards.h"

/* The hash's key, for messages. */
const char *store_key(void);
unsigned store_slot(void);
/* The name of the shard that has the hash, for errors. Lives as long as the shards. */
const char *store_shard_name(const struct shards *shards);

/*
 * Reads the whole hash. fn gets the reply, for store_hash_read. This and the next two fail with
 * SHARDDOWN, without calling fn.
 */
bool store_read(struct shards *shards, reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Reads its version alone. */
bool store_read_version(struct shards *shards, reply_fn *fn, void *arg,
                        struct error *err) QUIPU_MUST_CHECK;
/* fn is told 1, or 0 if the stored version was not had. The text is copied. */
bool store_write(struct shards *shards, uint64_t had, uint64_t version, struct slice text,
                 reply_fn *fn, void *arg, struct error *err) QUIPU_MUST_CHECK;
/* Sets or removes a field. The outcome is not reported. */
void store_set(struct shards *shards, struct slice field, struct slice value);
void store_remove(struct shards *shards, struct slice field);

/* The contents of store_read's reply, borrowed from it. */
struct store_hash {
    uint64_t version;  /* 0: there is none */
    struct slice text; /* the definitions; empty: there are none */
};
/* Called for each other field of the hash. */
typedef void store_field_fn(void *arg, struct slice name, struct slice value);
/* Fails with SHARDDOWN if the reply is an error or not a hash. */
bool store_hash_read(const struct shards *shards, const struct resp_value *reply,
                     store_field_fn *fn, void *arg, struct store_hash *hash,
                     struct error *err) QUIPU_MUST_CHECK;

#endif
