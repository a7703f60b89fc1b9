/*
 * A slot call brings a command to the owner of its slot, by redirects where the owner has changed
 * (states in slot_call.h). in: a slot and a command; out: the owner's reply.
 */
#include "executor/shards/slot_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "executor/shards/redirect.h"
#include "executor/shards/shards.h"
#include "executor/shards/shards_parts.h"
#include "executor/shards/topology.h"

struct slot_call {
    struct shards *shards;
    struct slot_target target;
    struct redirect redirect;
    struct strbuf confine, bytes;
    link_reply_fn *fn;
    void *arg;
    bool has_begun; /* a piece of the reply was handed on */
};

static void
call_end(struct slot_call *call)
{
    strbuf_fini(&call->confine);
    strbuf_fini(&call->bytes);
    free(call);
}

static void
call_fail(struct slot_call *call, const struct error *err)
{
    call->fn(call->arg, slice_of("", 0), true, err);
    call_end(call);
}

static void on_piece(void *arg, struct slice piece, bool is_last, const struct error *err);

/* Sends the call where the redirect leads; waits if that is not possible. */
static void
call_send(void *arg, const struct error *err)
{
    struct slot_call *call = arg;
    struct shards *shards = call->shards;
    struct error why = {"", ""};
    if (err) {
        call_fail(call, err);
        return;
    }
    struct shard *shard = call->redirect.shard == NO_SHARD
                              ? topology_owner(shards, call->target.slot, &why)
                              : shards->at[call->redirect.shard];
    struct link *link =
        shard ? shard_link_confined(shard, call->target.lane, strbuf_slice(&call->confine), &why)
              : NULL;
    if (!link && strcmp(why.code, "ERR") == 0) {
        call_fail(call, &why);
        return;
    }
    if (!link) {
        redirect_wait(&call->redirect, why.message);
        return;
    }
    if (call->redirect.asks) {
        link_send_bytes(link, REDIRECT_ASKING, NULL, NULL);
    }
    link_send_bytes(link, strbuf_slice(&call->bytes), on_piece, call);
}

static void
on_piece(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct slot_call *call = arg;
    if (err) {
        bool again = !call->has_begun && call->target.is_safe && !call->shards->is_closing &&
                     strcmp(err->code, "SHARDDOWN") == 0;
        if (again) {
            redirect_wait(&call->redirect, err->message);
        } else {
            call_fail(call, err);
        }
        return;
    }
    if (!call->has_begun && is_last && redirect_follow(&call->redirect, piece)) {
        return;
    }
    call->has_begun = true;
    call->fn(call->arg, piece, is_last, NULL);
    if (is_last) {
        call_end(call);
    }
}

/* -- starting ---------------------------------------------------------------------------------- */

static struct slot_call *
call_new(struct shards *shards, const struct slot_target *target, link_reply_fn *fn, void *arg)
{
    struct slot_call *call = must_alloc(sizeof *call);
    call->shards = shards;
    call->target = *target;
    call->fn = fn;
    call->arg = arg;
    redirect_init(&call->redirect, shards, target->slot, call_send, call);
    call->redirect.is_whole = target->is_whole;
    strbuf_init(&call->bytes);
    strbuf_init(&call->confine);
    strbuf_append(&call->confine, target->confine);
    return call;
}

/* The link of a static shard, where the command is sent at once. */
static struct link *
static_link(struct shards *shards, const struct slot_target *target, struct error *err)
{
    struct shard *shard = topology_owner(shards, target->slot, err);
    return shard ? shard_link_confined(shard, target->lane, target->confine, err) : NULL;
}

bool
slot_call_bytes(struct shards *shards, const struct slot_target *target, struct slice bytes,
                link_reply_fn *fn, void *arg, struct error *err)
{
    if (shards->setup.is_cluster) {
        struct slot_call *call = call_new(shards, target, fn, arg);
        strbuf_append(&call->bytes, bytes);
        call_send(call, NULL);
        return true;
    }
    struct link *link = static_link(shards, target, err);
    if (link) {
        link_send_bytes(link, bytes, fn, arg);
    }
    return link != NULL;
}

bool
slot_call_words(struct shards *shards, const struct slot_target *target, const struct slice *args,
                size_t nargs, link_reply_fn *fn, void *arg, struct error *err)
{
    if (shards->setup.is_cluster) {
        struct slot_call *call = call_new(shards, target, fn, arg);
        command_append(&call->bytes, args, nargs);
        call_send(call, NULL);
        return true;
    }
    struct link *link = static_link(shards, target, err);
    if (link) {
        link_send(link, args, nargs, fn, arg);
    }
    return link != NULL;
}

bool
slot_call(struct shards *shards, const struct slot_target *target, const struct slice *args,
          size_t nargs, reply_fn *fn, void *arg, struct error *err)
{
    struct reply_collector *collector =
        reply_collector_new(shards_owner_name(shards, target->slot), fn, arg);
    if (!slot_call_words(shards, target, args, nargs, reply_collect, collector, err)) {
        reply_collector_free(collector);
        return false;
    }
    return true;
}

/* -- scripts ----------------------------------------------------------------------------------- */

struct script_call {
    struct shards *shards;
    struct slot_target target;
    size_t script;
    size_t nwords;
    struct strbuf rest; /* the words behind the script, as bytes */
    bool has_text;      /* the text was sent */
    reply_fn *fn;
    void *arg;
};

static bool script_send(struct script_call *call, struct error *err);

static void
script_end(struct script_call *call)
{
    strbuf_fini(&call->rest);
    free(call);
}

static void
on_script_reply(void *arg, const struct resp_value *reply, const struct error *err)
{
    struct script_call *call = arg;
    struct error own = {"", ""};
    if (!err && !call->has_text && resp_value_is_error(reply, "NOSCRIPT")) {
        call->has_text = true;
        if (script_send(call, &own)) {
            return;
        }
        err = &own;
    }
    call->fn(call->arg, err ? NULL : reply, err);
    script_end(call);
}

static bool
script_send(struct script_call *call, struct error *err)
{
    struct shards *shards = call->shards;
    struct strbuf bytes;
    const struct shards_script *script = &shards->setup.scripts[call->script];
    struct slice head = call->has_text ? script->text : slice_str(script->sha);
    strbuf_init(&bytes);
    strbuf_printf(&bytes, "*%zu\r\n%s\r\n$%zu\r\n", call->nwords + 2,
                  call->has_text ? "$4\r\nEVAL" : "$7\r\nEVALSHA", head.len);
    strbuf_append(&bytes, head);
    strbuf_append_str(&bytes, "\r\n");
    strbuf_append(&bytes, strbuf_slice(&call->rest));
    struct reply_collector *collector =
        reply_collector_new(shards_owner_name(shards, call->target.slot), on_script_reply, call);
    bool is_sent =
        slot_call_bytes(shards, &call->target, strbuf_slice(&bytes), reply_collect, collector, err);
    if (!is_sent) {
        reply_collector_free(collector);
    }
    strbuf_fini(&bytes);
    return is_sent;
}

bool
slot_call_script(struct shards *shards, const struct slot_target *target, size_t script,
                 const struct slice *keys, size_t nkeys, const struct slice *args, size_t nargs,
                 reply_fn *fn, void *arg, struct error *err)
{
    struct script_call *call = must_alloc(sizeof *call);
    *call = (struct script_call){.shards = shards,
                                 .target = *target,
                                 .script = script,
                                 .nwords = nkeys + nargs + 1,
                                 .fn = fn,
                                 .arg = arg};
    char count[24];
    snprintf(count, sizeof count, "%zu", nkeys);
    struct slice number = slice_str(count);
    strbuf_init(&call->rest);
    words_append(&call->rest, &number, 1);
    words_append(&call->rest, keys, nkeys);
    words_append(&call->rest, args, nargs);
    call->target.is_whole = true;
    if (!script_send(call, err)) {
        script_end(call);
        return false;
    }
    return true;
}
