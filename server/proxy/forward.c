/*
 * Redis' own commands go to the shards that have their keys.
 * in: a call with what a shard says of its command; out: commands to shards, or an error.
 *
 *     its keys -> none: one shard, or all of them, as the command's tips say
 *              -> of one slot: the slot's shard
 *              -> of several: split, where the tips say that it can be; else CROSSSLOT
 */
#include "server/proxy/forward.h"

#include "executor/executor.h"
#include "server/proxy/fan.h"
#include "server/proxy/session_command.h"
#include "server/table/services.h"

/* XREAD and XREADGROUP block only if they say so, before STREAMS and beside the names of GROUP. */
static bool
says_block(const struct call *call)
{
    for (size_t i = 1; i < call->nargs && !slice_equal_nocase(call->args[i], slice_lit("streams"));
         i++) {
        if (slice_equal_nocase(call->args[i], slice_lit("block"))) {
            return true;
        }
        i += slice_equal_nocase(call->args[i], slice_lit("group")) ? 2 : 0;
    }
    return false;
}

bool
forward_is_blocking(const struct call *call)
{
    return call->spec->flags & COMMAND_BLOCKING &&
           (!slice_starts_with(call->spec->name, slice_lit("xread")) || says_block(call));
}

enum request_class
forward_class(const struct call *call)
{
    return forward_is_blocking(call) ? REQUEST_ALONE
           : route_is_confined(call) ? REQUEST_SCRIPT
                                     : REQUEST_FORWARD;
}

void
forward_on_piece(void *arg, struct slice piece, bool is_last, const struct error *err)
{
    struct request *request = arg;
    if (err) {
        request_fail(request, err);
    } else {
        request_pass(request, piece, is_last);
    }
}

/* -- running ----------------------------------------------------------------------------------- */

/* Sends the command to the shard that has the keys; without keys, to any shard. */
static enum command_outcome
run_in_one_piece(struct call *call, const struct route *route, const struct slice *args)
{
    struct error err;
    struct script_keys keys;
    bool is_confined = route_is_confined(call);
    error_clear(&err);
    script_keys_init(&keys);
    if (is_confined) {
        route_script_keys(call, route, args, &keys);
    }
    const struct forward_options options = {
        .slot = route->slot,
        .is_anywhere = route->nkeys == 0,
        .keys = is_confined ? &keys : NULL,
        .resp3 = request_is_resp3(call->request),
        .is_readonly = call->spec->flags & COMMAND_READONLY,
        .bytes = args == call->args ? call->bytes : slice_of(NULL, 0),
    };
    bool is_sent = forward_start(executor_shards(call->services->executor), &options, args,
                                 call->nargs, forward_on_piece, call->request, &err);
    script_keys_fini(&keys);
    return call_outcome(call, is_sent, &err);
}

static enum command_outcome
run_without_keys(struct call *call, const struct route *route)
{
    struct error err = {"", ""};
    if (call->spec->ask == ASK_ALL_SHARDS && call->spec->merge != MERGE_SPECIAL) {
        return call_outcome(call, fan_all_shards(call, call->args, call->nargs, &err), &err);
    }
    return run_in_one_piece(call, route, call->args);
}

/*
 * True: the command can be split (MGET MSET DEL UNLINK EXISTS TOUCH). MSETNX cannot, as it is all
 * or nothing, and neither can a command whose last key lacks its value.
 */
static bool
can_split(const struct call *call, const struct route *route)
{
    size_t step = route->nkeys > 1 ? route->places[1] - route->places[0] : 1;
    return call->spec->ask == ASK_MULTI_SHARD && call->spec->merge != MERGE_MIN &&
           route->places[0] == 1 && call->nargs - 1 == route->nkeys * step;
}

enum command_outcome
forward_run(struct call *call)
{
    struct executor *executor = call->services->executor;
    struct route route;
    if (!route_init(&route, call)) {
        return COMMAND_REPLIED;
    }
    enum command_outcome result;
    struct error err;
    error_clear(&err);
    if (forward_is_blocking(call)) {
        result = session_command_start(call, &route, false) ? COMMAND_RUNS : COMMAND_REPLIED;
    } else if (route.nkeys == 0) {
        result = run_without_keys(call, &route);
    } else if (route.nrows == 0 && (route.is_one_slot || executor_is_one_keyspace(executor))) {
        result = run_in_one_piece(call, &route, call->args);
    } else {
        struct arena *arena = arena_new();
        const struct slice *args = route_args(call, &route, arena);
        if (route.is_one_slot || executor_is_one_keyspace(executor)) {
            result = run_in_one_piece(call, &route, args);
        } else if (can_split(call, &route)) {
            result = call_outcome(call, fan_by_slot(call, args, &route, &err), &err);
        } else if (call->spec->ask == ASK_MULTI_SHARD && call->spec->merge != MERGE_MIN) {
            resp_write_err(call->out, "wrong number of arguments for '%.*s' command",
                           SLICE_ARG(call->spec->name));
            result = COMMAND_REPLIED;
        } else {
            resp_write_error_text(call->out, slice_lit("CROSSSLOT " ROUTE_CROSSSLOT));
            result = COMMAND_REPLIED;
        }
        arena_free(arena);
    }
    route_fini(&route);
    return result;
}
