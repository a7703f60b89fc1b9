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
#include "executor/query_figures.h"
#include "executor/shards/shards.h"
#include "planner/catalog.h"

struct changes;
struct command_table;
struct executor;
struct rows;

/*
 * Starts to connect to all shards, and goes on trying, with backoff, for as long as the executor
 * lives. The partitions of each dataset are spread over the shards in the order of the addresses.
 * For a cluster, the addresses are nodes that know the others. Settings, catalog and log are
 * borrowed and must outlive the executor; addresses are copied. Once the catalog has been read, it
 * is kept as the shards have it (executor/datasets/definitions.h). Fails with ERR (nshards 0, a
 * malformed address).
 */
bool executor_new(struct stream_loop *loop, const struct executor_settings *settings,
                  struct catalog *catalog, const struct log *log,
                  const struct shard_address *addresses, size_t nshards, bool is_cluster,
                  struct executor **out, struct error *err) QUIPU_MUST_CHECK;
/* Every query, row command and admin call still under way ends without its callback. */
void executor_free(struct executor *executor);

/*
 * True when every shard is connected, checked and ready, and the datasets are known. Otherwise why
 * names the shard that is not ready and its last error, as SHARDDOWN or LOADING. If a shard holds
 * data of another layout (another number of shards or partitions), or the datasets contradict the
 * configuration, why is ERR, and waiting does not help.
 */
bool executor_is_ready(const struct executor *executor, struct error *why);

/* Shards that are reading their data into memory. Commands for them answer LOADING. */
struct executor_loading {
    size_t nshards; /* 0: none */
    int64_t loaded_bytes, total_bytes, eta_s;
    int64_t for_ms; /* the time of the shard that has loaded for longest */
};
struct executor_loading executor_loading(const struct executor *executor);

/*
 * A client has deleted all keys of all shards: the keys that Quipu needs there are written again.
 */
void executor_flushed(struct executor *executor);
/* False, with SHARDDOWN or ERR, until the catalog agrees with the shards. */
bool executor_datasets_are_known(const struct executor *executor,
                                 struct error *why) QUIPU_MUST_CHECK;

/* Gives back to the system what a burst of queries or clients has left free: beside the event loop. */
void executor_trim_heap(struct executor *executor);

struct executor_counters {
    uint64_t queries, query_errors;
    uint64_t row_reads, row_writes;
    uint64_t forwarded;                /* clients' own commands */
    uint64_t cache_hits, cache_misses; /* filters found, filters built, over all partitions */
    uint64_t cache_bypasses;           /* counts by sets with NOCACHE, or while nothing is cached */
    size_t queries_running;
};
struct executor_counters executor_counters(const struct executor *executor);

/* What has become of queries, since the start or the last reset. Borrowed. */
const struct query_figures *executor_query_figures(const struct executor *executor);

/* Sets all counters except queries_running to 0. */
void executor_reset_counters(struct executor *executor);

/* The datasets, for admin_start, definitions_refresh, keyspace_kind and similar functions. */
struct datasets *executor_datasets(const struct executor *executor);
/* The datasets that are watched, for changes_watch. */
struct changes *executor_changes(const struct executor *executor);
/* The row commands under way, for row_submit. */
struct rows *executor_rows(const struct executor *executor);
/* The connections to the shards, for clients' own commands. */
struct shards *executor_shards(const struct executor *executor);
/* Shards have numbers below this. In a cluster some numbers may be without a shard. */
size_t executor_nshards(const struct executor *executor);
bool executor_has_shard(const struct executor *executor, size_t shard);
size_t executor_count_shards(const struct executor *executor);
struct shard_status executor_shard_status(const struct executor *executor, size_t shard);
/* The shards' commands, as the shards describe them. NULL before the first shard was reached. */
const struct command_table *executor_commands(const struct executor *executor);
/* The shard that owns a slot now. */
size_t executor_shard_of_slot(const struct executor *executor, unsigned slot);
/*
 * Some shard, always the same one while it is there. If none is known, a number that no shard has.
 */
size_t executor_any_shard(const struct executor *executor);
/*
 * True if one command may have keys of several slots: there is a single shard, and it is not part
 * of a cluster.
 */
bool executor_is_one_keyspace(const struct executor *executor);
bool executor_is_cluster(const struct executor *executor);
/* The name of the shard that owns this slot, for errors. Lives as long as the executor. */
const char *executor_owner_name(const struct executor *executor, unsigned slot);

#endif
