/*
 * Definitions, rebuilt: the newest readable copy of the catalog is put into the store. in: what is
 * wrong with the store, and what this server knows; out: a store that can be read.
 */
#include "executor/datasets/definitions_rebuild.h"

#include <stdlib.h>

#include "base/must.h"
#include "base/strbuf.h"
#include "executor/datasets/catalog_copies.h"
#include "executor/datasets/definitions_store.h"
#include "executor/shards/shard_reply.h"

struct rebuild {
    struct shards *shards;
    struct rebuild_request request;
    struct strbuf damaged, known; /* the request's texts */
    rebuild_done_fn *done;
    void *arg;
};

/* Calls nothing when the shards are closing. */
static void
finish(struct rebuild *rebuild, enum rebuild_outcome outcome, const struct error *err)
{
    rebuild_done_fn *done = shards_are_closing(rebuild->shards) ? NULL : rebuild->done;
    void *arg = rebuild->arg;
    strbuf_fini(&rebuild->damaged);
    strbuf_fini(&rebuild->known);
    free(rebuild);
    if (done) {
        done(arg, outcome, err);
    }
}

static void
on_rewritten(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct rebuild *rebuild = arg;
    const char *name = store_shard_name(rebuild->shards);
    struct error own = {"", ""};
    int64_t written = 0;
    if (!err && (reply_is_error(reply, name, &own) ||
                 (!reply_int(reply, &written) && !reply_misshapen(name, "a script", &own)))) {
        err = &own;
    }
    if (!err && written && !shards_are_closing(rebuild->shards)) {
        bool was_there = !rebuild->request.is_gone;
        log_write(shards_log(rebuild->shards), LOG_WARNING, "%s: the definitions were rebuilt%s%s",
                  rebuild->request.why.message, was_there ? "; what was there is now " : "",
                  was_there ? "quipu:damaged{quipu:catalog}" : "");
    }
    finish(rebuild, err ? REBUILD_FAILED : REBUILD_READ_AGAIN, err);
}

/* What this server knows counts as a copy. */
static void
on_copies(void *arg, uint64_t version, struct slice text, const struct error *err)
{
    struct rebuild *rebuild = arg;
    const struct rebuild_request *request = &rebuild->request;
    struct error own = {"", ""};
    if (request->known_version && request->known_version >= version) {
        version = request->known_version;
        text = strbuf_slice(&rebuild->known);
    }
    if (err || shards_are_closing(rebuild->shards)) {
        finish(rebuild, REBUILD_FAILED, err);
    } else if (version == 0 && request->is_gone) {
        finish(rebuild, REBUILD_NEVER_WAS, NULL);
    } else if (version == 0 || version < request->stored_version) {
        error_set(&own, "ERR",
                  "%s, and no shard has a copy as new as it: rename the key, and make the datasets "
                  "again by DATASET CREATE; rows are not lost by that",
                  request->why.message);
        finish(rebuild, REBUILD_FAILED, &own);
    } else if (!catalog_rewrite(rebuild->shards, version, text, strbuf_slice(&rebuild->damaged),
                                on_rewritten, rebuild, &own)) {
        finish(rebuild, REBUILD_FAILED, &own);
    }
}

void
rebuild_start(struct shards *shards, const struct rebuild_request *request, rebuild_done_fn *done,
              void *arg)
{
    struct rebuild *rebuild = must_alloc(sizeof *rebuild);
    struct error err = {"", ""};
    *rebuild = (struct rebuild){.shards = shards, .request = *request, .done = done, .arg = arg};
    strbuf_init(&rebuild->damaged);
    strbuf_append(&rebuild->damaged, request->damaged);
    strbuf_init(&rebuild->known);
    strbuf_append(&rebuild->known, request->known);
    if (!catalog_copies_read(shards, on_copies, rebuild, &err)) {
        finish(rebuild, REBUILD_FAILED, &err);
    }
}
