/*
 * Definitions' peers: which version of the catalog the other servers know, and which changes wait
 * for that. in: fields of the store; out: waits that end, and requests to read the store.
 */
#include "executor/datasets/definitions_peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/list.h"
#include "base/must.h"
#include "executor/datasets/definitions_store.h"

static const char FIELD[] = "server:";

enum {
    OTHERS_MS = 2500, /* within this time a server that runs has asked for the version */
    OTHERS_POLL_MS = 50
};

/* A change that is answered only when other servers know it. */
struct awaiting {
    struct list in_awaiting; /* of the peers */
    uint64_t version;
    int64_t until_ms;
    peers_known_fn *done;
    void *arg;
};

struct peers {
    struct shards *shards;
    char id[17];              /* ours, among the servers */
    uint64_t slowest;         /* the oldest version that another server knows; UINT64_MAX: there are
                                 none */
    uint64_t forgotten_below; /* servers that know only older versions are taken off the list */
    struct list awaiting;
    int64_t looked_ms;
};

static void
id_make(char id[17])
{
    unsigned char bytes[8] = {0};
    (void) !getrandom(bytes, sizeof bytes, 0);
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    }
}

struct peers *
peers_new(struct shards *shards)
{
    struct peers *peers = must_alloc(sizeof *peers);
    *peers = (struct peers){.shards = shards, .slowest = UINT64_MAX};
    list_init(&peers->awaiting);
    id_make(peers->id);
    return peers;
}

static void
awaiting_end(struct awaiting *awaiting)
{
    list_remove(&awaiting->in_awaiting);
    awaiting->done(awaiting->arg, NULL);
    free(awaiting);
}

void
peers_free(struct peers *peers)
{
    while (!list_is_empty(&peers->awaiting)) {
        awaiting_end(LIST_FIRST(&peers->awaiting, struct awaiting, in_awaiting));
    }
    free(peers);
}

void
peers_tell(struct peers *peers, uint64_t version)
{
    char field[32], text[24];
    snprintf(field, sizeof field, "%s%s", FIELD, peers->id);
    snprintf(text, sizeof text, "%llu", (unsigned long long) version);
    store_set(peers->shards, slice_str(field), slice_str(text));
}

void
peers_begin(struct peers *peers)
{
    peers->slowest = UINT64_MAX;
}

bool
peers_take(struct peers *peers, struct slice name, struct slice value)
{
    int64_t version;
    if (!slice_starts_with(name, slice_str(FIELD))) {
        return false;
    }
    struct slice id = slice_of(name.ptr + strlen(FIELD), name.len - strlen(FIELD));
    if (slice_equal(id, slice_str(peers->id)) || !slice_to_int64(value, &version)) {
        return true;
    }
    if ((uint64_t) version < peers->forgotten_below) {
        store_remove(peers->shards, name);
    } else if ((uint64_t) version < peers->slowest) {
        peers->slowest = (uint64_t) version;
    }
    return true;
}

void
peers_end(struct peers *peers)
{
    peers->forgotten_below = 0;
}

void
peers_await(struct peers *peers, uint64_t version, peers_known_fn *done, void *arg)
{
    struct awaiting *awaiting = must_alloc(sizeof *awaiting);
    *awaiting = (struct awaiting){
        .version = version, .until_ms = now_ms() + OTHERS_MS, .done = done, .arg = arg};
    list_add_first(&peers->awaiting, &awaiting->in_awaiting);
}

bool
peers_tick(struct peers *peers, int64_t now)
{
    bool is_looking = false;
    LIST_EACH (struct awaiting, awaiting, &peers->awaiting, in_awaiting) {
        bool is_late = now >= awaiting->until_ms;
        if (peers->slowest < awaiting->version && !is_late) {
            is_looking = true;
            continue;
        }
        if (peers->slowest < awaiting->version) {
            peers->forgotten_below = awaiting->version;
        }
        awaiting_end(awaiting);
    }
    bool is_due =
        (is_looking || peers->forgotten_below) && now - peers->looked_ms >= OTHERS_POLL_MS;
    if (is_due) {
        peers->looked_ms = now;
    }
    return is_due;
}
