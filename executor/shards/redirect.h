/*
 * A command's way to the owner of its slot. The nodes' answers decide where it goes next:
 *
 *     -MOVED 3999 127.0.0.1:6381                             there, from now on
 *     -ASK 3999 127.0.0.1:6381                               there, this once, behind ASKING
 *     -TRYAGAIN -CLUSTERDOWN -LOADING -MASTERDOWN -READONLY  a moment later, as for an owner who
 *                                                            is not known or not connected; but
 *                                                            -LOADING where it loads for long
 *
 *     redirect_init(&redirect, shards, slot, go, call)     go sends it to redirect.shard
 *     if (!redirect_follow(&redirect, piece)) ...            the reply's first piece was an answer
 *     redirect_wait(&redirect, why)                          there is no connection
 */
#ifndef QUIPU_EXECUTOR_SHARDS_REDIRECT_H
#define QUIPU_EXECUTOR_SHARDS_REDIRECT_H

#include "base/error.h"
#include "base/list.h"

struct shards;

/* The word that is sent ahead of a command that follows ASK. */
#define REDIRECT_ASKING slice_lit("*1\r\n$6\r\nASKING\r\n")

/*
 * Sends the command again, to redirect->shard, behind ASKING if redirect->asks. With err, the
 * command cannot be sent any more: TIMEOUT, with the last answer; LOADING; or the shards are
 * closed.
 */
typedef void redirect_go_fn(void *arg, const struct error *err);

struct redirect {
    struct shards *shards;
    unsigned slot;
    size_t shard;  /* where to send it; a number without a shard, if no owner is known */
    bool asks;     /* send ASKING first */
    bool is_whole; /* set by the caller: wait while the slot is divided between two nodes */
    redirect_go_fn *go;
    void *arg;
    int nfollowed; /* redirects followed since the last wait */
    int64_t deadline_ms, wait_until_ms;
    struct list in_redirects; /* of the shards, while waiting */
    char heard[128];          /* why */
};

/*
 * Aims at the present owner of the slot. The deadline is the time that a shard may take for a
 * command.
 */
void redirect_init(struct redirect *redirect, struct shards *shards, unsigned slot,
                   redirect_go_fn *go, void *arg);
/* True if a reply's first piece says to ask elsewhere or later. */
bool redirect_is(struct slice piece);
/*
 * Takes the first piece of a reply, if it is also the last. True if it said to ask elsewhere or
 * later; go was called then, or will be. Always false without a cluster.
 */
bool redirect_follow(struct redirect *redirect, struct slice piece);
/* Calls go a moment later. */
void redirect_wait(struct redirect *redirect, const char *why);
bool redirect_waits(const struct redirect *redirect);
/* Stops waiting, if it waits. */
void redirect_cancel(struct redirect *redirect);

/* Calls go for those whose wait is over. To be called every LINK_TICK_MS. */
void redirect_tick(struct shards *shards, int64_t now_ms);
/* Ends all waiting ones with err. */
void redirect_fail_all(struct shards *shards, const struct error *err);

#endif
