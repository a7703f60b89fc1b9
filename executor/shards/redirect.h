/*
 * A command on its way to whoever owns its slot, by what the nodes say of that:
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

struct shards;

/* What is sent ahead of a command that asks. */
#define REDIRECT_ASKING slice_lit("*1\r\n$6\r\nASKING\r\n")

/*
 * Sends the command again, to redirect->shard, behind ASKING where redirect->asks; or, with err, it
 * cannot be sent any more: TIMEOUT, with what was last heard; LOADING; or the shards are closed.
 */
typedef void redirect_go_fn(void *arg, const struct error *err);

struct redirect {
    struct shards *shards;
    unsigned slot;
    size_t shard;  /* where to send it; where nobody is known no number that shards_has */
    bool asks;     /* behind ASKING */
    bool is_whole; /* to be set by the caller: a slot that is half here, half there is waited for */
    redirect_go_fn *go;
    void *arg;
    int nfollowed; /* since it last waited */
    int64_t deadline_ms, wait_until_ms;
    struct redirect *next, **link; /* in shards->redirects, while it waits */
    char heard[128];               /* why */
};

/* To the slot's owner as it is known now; for as long as a shard may take for a command. */
void redirect_init(struct redirect *redirect, struct shards *shards, unsigned slot,
                   redirect_go_fn *go, void *arg);
/* True of the first piece of a reply that says to ask elsewhere or later. */
bool redirect_is(struct slice piece);
/*
 * The first piece of a reply, where it is the last: true where it was an order to ask elsewhere or
 * later, and go was called or will be. Always false where there is no cluster.
 */
bool redirect_follow(struct redirect *redirect, struct slice piece);
/* go is called a moment later. */
void redirect_wait(struct redirect *redirect, const char *why);
/* It waits no more, if it did. */
void redirect_cancel(struct redirect *redirect);

/* Calls those whose moment has come. Every LINK_TICK_MS. */
void redirect_tick(struct shards *shards, int64_t now_ms);
/* Ends those that wait with err. */
void redirect_fail_all(struct shards *shards, const struct error *err);

#endif
