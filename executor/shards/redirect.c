/*
 * Redirects take a command on when a cluster's node says that another node has its slot, or that
 * the command comes too early. in: the first piece of a reply; out: where to send the command, or
 * when.
 *
 * Example: SET a 1 is answered "-ASK 3999 127.0.0.1:6381": it goes there behind ASKING. The answer
 * there is "-TRYAGAIN": 20 to 40 ms later the command goes to the slot's owner at that time.
 */
#include "executor/shards/redirect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "executor/shards/shards_parts.h"
#include "executor/shards/topology.h"

enum { MAX_FOLLOWED = 8, WAIT_MS = 20 };

void
redirect_init(struct redirect *redirect, struct shards *shards, unsigned slot, redirect_go_fn *go,
              void *arg)
{
    int64_t timeout_ms = shards->setup.settings->timeout_ms;
    redirect->shards = shards;
    redirect->slot = slot;
    redirect->shard = shards->owners[slot];
    redirect->asks = redirect->is_whole = false;
    redirect->go = go;
    redirect->arg = arg;
    redirect->nfollowed = 0;
    redirect->deadline_ms = timeout_ms ? now_ms() + timeout_ms : INT64_MAX;
    list_init(&redirect->in_redirects);
    redirect->heard[0] = '\0';
}

/* -- waiting ----------------------------------------------------------------------------------- */

bool
redirect_waits(const struct redirect *redirect)
{
    return !list_is_empty(&redirect->in_redirects);
}

void
redirect_cancel(struct redirect *redirect)
{
    list_remove(&redirect->in_redirects);
}

static void
wait(struct redirect *redirect, struct slice heard)
{
    snprintf(redirect->heard, sizeof redirect->heard, "%.*s", SLICE_ARG(heard));
    redirect->heard[strcspn(redirect->heard, "\r\n")] = '\0';
    redirect->nfollowed = 0;
    redirect->asks = false;
    redirect->wait_until_ms = now_ms() + WAIT_MS + rand() % WAIT_MS;
    list_add_first(&redirect->shards->redirects, &redirect->in_redirects);
    topology_refresh_soon(redirect->shards);
}

void
redirect_wait(struct redirect *redirect, const char *why)
{
    wait(redirect, slice_str(why));
}

static void
wait_end(struct redirect *redirect, int64_t now)
{
    struct error err = {"", ""};
    if (topology_loads(redirect->shards, redirect->slot, &err)) {
        redirect->go(redirect->arg, &err);
        return;
    }
    if (now < redirect->deadline_ms) {
        redirect->shard = redirect->shards->owners[redirect->slot];
        redirect->go(redirect->arg, NULL);
        return;
    }
    error_set(&err, "TIMEOUT", "slot %u was not served in time: %s", redirect->slot,
              redirect->heard);
    redirect->go(redirect->arg, &err);
}

void
redirect_tick(struct shards *shards, int64_t now)
{
    struct list waiting; /* commands that wait again are not looked at twice */
    list_move(&shards->redirects, &waiting);
    while (!list_is_empty(&waiting)) {
        struct redirect *redirect = LIST_FIRST(&waiting, struct redirect, in_redirects);
        redirect_cancel(redirect);
        if (now < redirect->deadline_ms && now < redirect->wait_until_ms) {
            list_add_first(&shards->redirects, &redirect->in_redirects);
        } else {
            wait_end(redirect, now);
        }
    }
}

void
redirect_fail_all(struct shards *shards, const struct error *err)
{
    while (!list_is_empty(&shards->redirects)) {
        struct redirect *redirect = LIST_FIRST(&shards->redirects, struct redirect, in_redirects);
        redirect_cancel(redirect);
        redirect->go(redirect->arg, err);
    }
}

/* -- replies ----------------------------------------------------------------------------------- */

static bool
starts_with(struct slice piece, const char *word)
{
    return slice_starts_with(piece, slice_str(word));
}

bool
redirect_is(struct slice piece)
{
    static const char *const WORDS[] = {"-MOVED ",  "-ASK ",       "-TRYAGAIN", "-CLUSTERDOWN",
                                        "-LOADING", "-MASTERDOWN", "-READONLY"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (starts_with(piece, WORDS[i])) {
            return true;
        }
    }
    return false;
}

/* Reads "-MOVED 3999 127.0.0.1:6381" and finds that shard. NULL: the text names none. */
static struct shard *
target(const struct redirect *redirect, struct slice piece)
{
    char line[160];
    unsigned slot;
    int at = 0;
    snprintf(line, sizeof line, "%.*s", SLICE_ARG(piece));
    if (sscanf(line, "-%*s %u %n", &slot, &at) < 1 || at == 0 || slot != redirect->slot) {
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return topology_shard_at(redirect->shards, line + at);
}

bool
redirect_follow(struct redirect *redirect, struct slice piece)
{
    bool is_error = piece.len && piece.ptr[0] == '-';
    if (!is_error || !redirect->shards->setup.is_cluster || !redirect_is(piece)) {
        return false;
    }
    bool is_moved = starts_with(piece, "-MOVED "), is_ask = starts_with(piece, "-ASK ");
    struct shard *shard = is_moved || is_ask ? target(redirect, piece) : NULL;
    if (!shard || (is_ask && redirect->is_whole) || ++redirect->nfollowed > MAX_FOLLOWED) {
        wait(redirect, slice_of(piece.ptr + 1, piece.len - 1));
        return true;
    }
    if (is_moved) {
        topology_moved(redirect->shards, redirect->slot, shard);
    }
    redirect->shard = shard_index(shard);
    redirect->asks = is_ask;
    redirect->go(redirect->arg, NULL);
    return true;
}
