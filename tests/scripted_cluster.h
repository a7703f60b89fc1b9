/*
 * Shards that answer by a script (tests/scripted_shard.h), and what the code under test has of them:
 * struct shards, connected to the first of them (a cluster, whose map says the others) or to all.
 *
 *     const struct scripted_setup setup = {.nnodes = 2, .is_cluster = true, .answer = answer, .arg = &test}
 *     scripted_cluster_open(&cluster, &setup)
 *     answer(&test, 1, "GO")     -> "-MOVED 100 @0\r\n": @0 is that node's address, #0 its port
 *     scripted_wait(cluster.base, &cluster.is_ready, 5000)
 */
#ifndef QUIPU_TESTS_SCRIPTED_CLUSTER_H
#define QUIPU_TESTS_SCRIPTED_CLUSTER_H

#include "base/strbuf.h"
#include "executor/shards/shards.h"
#include "executor/shards/shards_setup.h"
#include "tests/scripted_shard.h"

enum { SCRIPTED_NODES = 3 };

/* What a node answers, as scripted_answer_fn. What is not its own it asks scripted_greeting. */
typedef const char *scripted_node_fn(void *arg, size_t node, const char *command);

struct scripted_setup {
    size_t nnodes;
    bool is_cluster; /* else all are static shards */
    int64_t timeout_ms;
    const struct shards_script *scripts;
    size_t nscripts;
    scripted_node_fn *answer;
    void (*on_tick)(void *arg, int64_t now_ms); /* NULL: nothing */
    void *arg;
};

/* The caller's; it must not move while it is open. */
struct scripted_cluster {
    const struct scripted_setup *setup;
    struct shards_settings settings;
    struct stream_loop *loop;
    struct strbuf text; /* of the last answer */
    struct scripted_node {
        struct scripted_cluster *cluster;
        struct scripted_shard *shard; /* NULL: it is down */
        char name[32];
    } nodes[SCRIPTED_NODES];

    struct event_base *base;
    struct shards *shards;
    bool is_ready; /* as of the last tick */
};

/* Fails the test where it cannot. */
void scripted_cluster_open(struct scripted_cluster *cluster, const struct scripted_setup *setup);
/* Ends the shards' connections: what waits is told SHARDDOWN from inside. */
void scripted_cluster_close(struct scripted_cluster *cluster);
/* Frees what is left. */
void scripted_cluster_free(struct scripted_cluster *cluster);
/* The node is gone, for good. */
void scripted_cluster_kill(struct scripted_cluster *cluster, size_t node);
/* Runs the loop for so long. */
void scripted_cluster_run(const struct scripted_cluster *cluster, int ms);

#endif
