/*
 * The executor: the connections to all shards, and what can be asked of them.
 *
 *     executor_new(loop, &settings, catalog, log, addresses, 2, &executor, &err)
 *     query_start(executor, text, ...)      executor/query.h   counts
 *     row_submit(rows, &command, ...)       executor/sets/row.h     reads and writes of one row
 *     admin_start(datasets, ...)            executor/datasets/admin.h   caches, datasets, sizes
 *
 * Single-threaded, on the caller's event loop. No callback is ever called from inside the function
 * that asked for it.
 */
#ifndef QUIPU_EXECUTOR_EXECUTOR_H
#define QUIPU_EXECUTOR_EXECUTOR_H

#include "executor/executor_settings.h"
#include "executor/shards/shards.h"
#include "planner/catalog.h"

struct command_table;
struct executor;
struct rows;

/*
 * Starts to connect to all shards and goes on trying, with backoff, for as long as it lives. The
 * partitions of each dataset are spread over the shards in the addresses' order; of a cluster the
 * addresses are nodes that know the others. Settings, catalog and log are borrowed and must outlive
 * it; addresses are copied. The catalog is kept as the shards have it (executor/datasets/definitions.h) from
 * the time it has first been read. Fails with ERR (nshards 0, a malformed address).
 */
bool executor_new(struct stream_loop *loop, const struct executor_settings *settings,
                  struct catalog *catalog, const struct log *log,
                  const struct shard_address *addresses, size_t nshards, bool is_cluster,
                  struct executor **out, struct error *err) QUIPU_MUST_CHECK;
/* Every query, row command and admin call still under way ends without its callback. */
void executor_free(struct executor *executor);

/*
 * True when every shard is connected, checked and ready, and the datasets are known. Else why says
 * which is not and what it last said, as an error SHARDDOWN, or LOADING. A shard that holds data of
 * another layout (another number of shards or partitions), or datasets that contradict the wishes,
 * give an error ERR that will not go away.
 */
bool executor_is_ready(const struct executor *executor, struct error *why);

/* Shards that read their data into memory at the moment; what is asked of them answers LOADING. */
struct executor_loading {
    size_t nshards; /* 0: none */
    int64_t loaded_bytes, total_bytes, eta_s;
    int64_t for_ms; /* the longest */
};
struct executor_loading executor_loading(const struct executor *executor);

/* All keys of all shards were deleted by a client: what the shards must have is written anew. */
void executor_flushed(struct executor *executor);
/* False, with SHARDDOWN or ERR, until the catalog is what the shards hold. */
bool executor_datasets_are_known(const struct executor *executor,
                                 struct error *why) QUIPU_MUST_CHECK;

struct executor_counters {
    uint64_t queries, query_errors;
    uint64_t row_reads, row_writes;
    uint64_t forwarded;                /* clients' own commands */
    uint64_t cache_hits, cache_misses; /* filters found, filters built, over all partitions */
    size_t queries_running;
};
struct executor_counters executor_counters(const struct executor *executor);

/* All but queries_running to 0. */
void executor_reset_counters(struct executor *executor);

/* The datasets: for admin_start, definitions_refresh, keyspace_kind and the like. */
struct datasets *executor_datasets(const struct executor *executor);
/* What is under way with rows: for row_submit. */
struct rows *executor_rows(const struct executor *executor);
/* The connections to the shards: for commands of clients' own. */
struct shards *executor_shards(const struct executor *executor);
/* Shards have numbers below this; in a cluster some of them are given to nobody now. */
size_t executor_nshards(const struct executor *executor);
bool executor_has_shard(const struct executor *executor, size_t shard);
size_t executor_count_shards(const struct executor *executor);
struct shard_status executor_shard_status(const struct executor *executor, size_t shard);
/* What the shards say of their commands; NULL before the first of them was reached. */
const struct command_table *executor_commands(const struct executor *executor);
/* The shard that owns a slot now. */
size_t executor_shard_of_slot(const struct executor *executor, unsigned slot);
/* One shard, always the same as long as it is there: the number of none where none is known. */
size_t executor_any_shard(const struct executor *executor);
/*
 * True where keys of several slots can be in one command: there is one shard, and it is no
 * cluster's.
 */
bool executor_is_one_keyspace(const struct executor *executor);
bool executor_is_cluster(const struct executor *executor);
/* For errors: the shard that has this slot. Lives as long as the executor. */
const char *executor_owner_name(const struct executor *executor, unsigned slot);

#endif
