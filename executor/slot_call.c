/*
 * Slot calls (states in slot_call.h). in: a slot and a command; out: the reply of whoever owns it.
 */
#include "executor/slot_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "executor/internal.h"
#include "executor/topology.h"

enum { MAX_REDIRECTS = 8, WAIT_MS = 20 };

struct slot_call {
    struct executor *executor;
    struct slot_target target;
    struct strbuf bytes;
    link_reply_fn *fn;
    void *arg;
    int64_t deadline_ms;
    int nredirects; /* since it last waited */
    bool has_begun; /* a piece of the reply was told */
    int64_t wait_until_ms;
    struct slot_call *next, **link; /* in executor->waiting, while it waits */
    char heard[128];                /* why it waits */
};

static void
call_end(struct slot_call *call)
{
    strbuf_fini(&call->bytes);
    free(call);
}

static void
call_fail(struct slot_call *call, const struct error *err)
{
    call->fn(call->arg, slice_of("", 0), true, err);
    call_end(call);
}

/* -- waiting ----------------------------------------------------------------------------------- */

static void
call_wait(struct slot_call *call, const char *heard, size_t len)
{
    struct executor *executor = call->executor;
    snprintf(call->heard, sizeof call->heard, "%.*s", (int) len, heard);
    call->nredirects = 0;
    call->wait_until_ms = now_ms() + WAIT_MS + rand() % WAIT_MS;
    call->next = executor->waiting;
    call->link = &executor->waiting;
    if (call->next) {
        call->next->link = &call->next;
    }
    executor->waiting = call;
    topology_refresh_soon(executor);
}

static void
call_unlink(struct slot_call *call)
{
    *call->link = call->next;
    if (call->next) {
        call->next->link = call->link;
    }
}

/* -- sending ----------------------------------------------------------------------------------- */

static void on_piece(void *arg, struct slice piece, bool is_last, const struct error *err);

/* To the slot's owner as it is known now; waits where that cannot be. */
static void
call_send(struct slot_call *call)
{
    struct error why = {"", ""};
    struct shard *shard = topology_owner(call->executor, call->target.slot, &why);
    struct link *link = shard ? shard_link(shard, call->target.lane, &why) : NULL;
    if (link) {
        link_send_bytes(link, strbuf_slice(&call->bytes), on_piece, call);
    } else {
        call_wait(call, why.message, strlen(why.message));
    }
}

static void
call_ask(struct slot_call *call, struct shard *shard)
{
    static const struct slice ASKING = SLICE_LIT("*1\r\n$6\r\nASKING\r\n");
    struct error why = {"", ""};
    struct link *link = shard_link(shard, call->target.lane, &why);
    if (link) {
        link_send_bytes(link, ASKING, NULL, NULL);
        link_send_bytes(link, strbuf_slice(&call->bytes), on_piece, call);
    } else {
        call_wait(call, why.message, strlen(why.message));
    }
}

void
slot_call_tick(struct executor *executor, int64_t now)
{
    struct slot_call *waiting = executor->waiting;
    executor->waiting = NULL;
    if (waiting) {
        waiting->link = &waiting;
    }
    while (waiting) {
        struct slot_call *call = waiting;
        call_unlink(call);
        if (now >= call->deadline_ms) {
            struct error err = {"", ""};
            error_set(&err, "TIMEOUT", "slot %u was not served in time: %s", call->target.slot,
                      call->heard);
            call_fail(call, &err);
        } else if (now < call->wait_until_ms) {
            call->next = executor->waiting;
            call->link = &executor->waiting;
            if (call->next) {
                call->next->link = &call->next;
            }
            executor->waiting = call;
        } else {
            call_send(call);
        }
    }
}

void
slot_call_fail_all(struct executor *executor, const struct error *err)
{
    while (executor->waiting) {
        struct slot_call *call = executor->waiting;
        call_unlink(call);
        call_fail(call, err);
    }
}

/* -- replies ----------------------------------------------------------------------------------- */

static bool
starts_with(struct slice piece, const char *word)
{
    return slice_starts_with(piece, slice_str(word));
}

/* "-MOVED 3999 127.0.0.1:6381": the shard there. NULL: it names none. */
static struct shard *
redirect_target(struct slot_call *call, struct slice piece)
{
    char line[160];
    unsigned slot;
    int at = 0;
    snprintf(line, sizeof line, "%.*s", SLICE_ARG(piece));
    if (sscanf(line, "-%*s %u %n", &slot, &at) < 1 || at == 0 || slot != call->target.slot) {
        return NULL;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return topology_shard_at(call->executor, line + at);
}

/* True where the reply was an order to ask elsewhere or later. */
static bool
call_redirect(struct slot_call *call, struct slice piece)
{
    static const char *const LATER[] = {"-TRYAGAIN", "-CLUSTERDOWN", "-LOADING", "-MASTERDOWN",
                                        "-READONLY"};
    if (piece.len == 0 || piece.ptr[0] != '-') {
        return false;
    }
    bool is_moved = starts_with(piece, "-MOVED "), is_ask = starts_with(piece, "-ASK ");
    if (is_moved || is_ask) {
        struct shard *shard = redirect_target(call, piece);
        bool waits =
            !shard || (is_ask && call->target.is_whole) || ++call->nredirects > MAX_REDIRECTS;
        if (waits) {
            call_wait(call, piece.ptr + 1, piece.len - 1);
        } else if (is_ask) {
            call_ask(call, shard);
        } else {
            topology_moved(call->executor, call->target.slot, shard);
            call_send(call);
        }
        return true;
    }
    for (size_t i = 0; i < sizeof LATER / sizeof *LATER; i++) {
        if (starts_with(piece, LATER[i]) && now_ms() < call->deadline_ms) {
            call_wait(call, piece.ptr + 1, piece.len - 1);
            return true;
        }
    }
    return false;
}

static void
on_piece(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct slot_call *call = arg;
    if (err) {
        bool again = !call->has_begun && call->target.is_safe && !call->executor->closing &&
                     strcmp(err->code, "SHARDDOWN") == 0;
        if (again) {
            call_wait(call, err->message, strlen(err->message));
        } else {
            call_fail(call, err);
        }
        return;
    }
    if (!call->has_begun && is_last && call_redirect(call, piece)) {
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
call_new(struct executor *executor, const struct slot_target *target, link_reply_fn *fn, void *arg)
{
    struct slot_call *call = must_alloc(sizeof *call);
    int64_t timeout_ms = executor->settings->shard_timeout_ms;
    call->executor = executor;
    call->target = *target;
    call->fn = fn;
    call->arg = arg;
    call->deadline_ms = timeout_ms ? now_ms() + timeout_ms : INT64_MAX;
    strbuf_init(&call->bytes);
    return call;
}

/* The link of a static shard. */
static struct link *
static_link(struct executor *executor, const struct slot_target *target, struct error *err)
{
    struct shard *shard = topology_owner(executor, target->slot, err);
    return shard ? shard_link(shard, target->lane, err) : NULL;
}

bool
slot_call_bytes(struct executor *executor, const struct slot_target *target, struct slice bytes,
                link_reply_fn *fn, void *arg, struct error *err)
{
    if (executor->is_cluster) {
        struct slot_call *call = call_new(executor, target, fn, arg);
        strbuf_append(&call->bytes, bytes);
        call_send(call);
        return true;
    }
    struct link *link = static_link(executor, target, err);
    if (link) {
        link_send_bytes(link, bytes, fn, arg);
    }
    return link != NULL;
}

bool
slot_call_words(struct executor *executor, const struct slot_target *target,
                const struct slice *args, size_t nargs, link_reply_fn *fn, void *arg,
                struct error *err)
{
    if (executor->is_cluster) {
        struct slot_call *call = call_new(executor, target, fn, arg);
        command_append(&call->bytes, args, nargs);
        call_send(call);
        return true;
    }
    struct link *link = static_link(executor, target, err);
    if (link) {
        link_send(link, args, nargs, fn, arg);
    }
    return link != NULL;
}

bool
slot_call(struct executor *executor, const struct slot_target *target, const struct slice *args,
          size_t nargs, reply_fn *fn, void *arg, struct error *err)
{
    struct reply_collector *collector = reply_collector_new(fn, arg);
    if (!slot_call_words(executor, target, args, nargs, reply_collect, collector, err)) {
        reply_collector_free(collector);
        return false;
    }
    return true;
}

/* -- scripts ----------------------------------------------------------------------------------- */

struct script_call {
    struct executor *executor;
    struct slot_target target;
    enum script script;
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
    struct executor *executor = call->executor;
    struct strbuf bytes;
    struct slice text = executor->scripts[call->script];
    struct slice sha = slice_str(executor->shas[call->script]);
    struct slice head = call->has_text ? text : sha;
    strbuf_init(&bytes);
    strbuf_printf(&bytes, "*%zu\r\n%s\r\n$%zu\r\n", call->nwords + 2,
                  call->has_text ? "$4\r\nEVAL" : "$7\r\nEVALSHA", head.len);
    strbuf_append(&bytes, head);
    strbuf_append_str(&bytes, "\r\n");
    strbuf_append(&bytes, strbuf_slice(&call->rest));
    struct reply_collector *collector = reply_collector_new(on_script_reply, call);
    bool is_sent = slot_call_bytes(executor, &call->target, strbuf_slice(&bytes), reply_collect,
                                   collector, err);
    if (!is_sent) {
        reply_collector_free(collector);
    }
    strbuf_fini(&bytes);
    return is_sent;
}

bool
slot_call_script(struct executor *executor, const struct slot_target *target, enum script script,
                 const struct slice *keys, size_t nkeys, const struct slice *args, size_t nargs,
                 reply_fn *fn, void *arg, struct error *err)
{
    struct script_call *call = must_alloc(sizeof *call);
    *call = (struct script_call){.executor = executor,
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
