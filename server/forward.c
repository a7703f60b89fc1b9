/*
 * Forwarding a call. in: a call with its specification; out: commands to shards, or an error.
 *
 *     its keys -> none: one shard, or all of them, as the command's tips say
 *              -> of one slot: the slot's shard
 *              -> of several: split, where the tips say that it can be; else CROSSSLOT
 *              -> rows among them: under their stored names; those by sets are read, not written
 */
#include "server/forward.h"

#include <stdlib.h>
#include <string.h>

#include "base/slot.h"
#include "executor/executor.h"
#include "executor/keyspace.h"
#include "planner/catalog.h"
#include "server/client.h"
#include "server/command_index.h"
#include "server/fan.h"
#include "server/services.h"
#include "server/session_command.h"

const struct command_spec *
forward_spec_of(const struct call *call)
{
    const struct command_entry *entry =
        command_index_find(services_commands(call->services), call->args[0]);
    return entry ? entry->spec : NULL;
}

/* XREAD and XREADGROUP block only where they say so. */
static bool
is_blocking(const struct call *call)
{
    if (!(call->spec->flags & COMMAND_BLOCKING)) {
        return false;
    }
    bool is_stream = slice_starts_with(call->spec->name, slice_lit("xread"));
    for (size_t i = 1; is_stream && i < call->nargs; i++) {
        if (slice_equal_nocase(call->args[i], slice_lit("block"))) {
            return true;
        }
    }
    return !is_stream;
}

bool
forward_is_confined(const struct call *call)
{
    return call->spec->runs_script && !executor_is_one_keyspace(call->services->executor);
}

enum request_class
forward_class(const struct call *call)
{
    return is_blocking(call)           ? REQUEST_ALONE
           : forward_is_confined(call) ? REQUEST_SCRIPT
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

/* -- what is refused --------------------------------------------------------------------------- */

/* Why a row cannot be written by this command. */
static const char *
row_reason(struct slice name)
{
    static const char *const OVERWRITES[] = {"set",    "setex",  "psetex", "setnx", "getset",
                                             "getdel", "getex",  "append", "mset",  "msetnx",
                                             "incr",   "incrby", "decr",   "decrby"};
    for (size_t i = 0; i < sizeof OVERWRITES / sizeof *OVERWRITES; i++) {
        if (slice_equal(name, slice_str(OVERWRITES[i]))) {
            return "rows are hashes: use HSET";
        }
    }
    if (slice_equal(name, slice_lit("hincrbyfloat"))) {
        return "binary fractions would not index exactly: use HSET with the new value";
    }
    return "the index would not follow it";
}

/* A drop removes rows by their names: one that was written behind it would be acknowledged, and go.
 */
static bool
is_being_dropped(const struct services *services, const struct command_spec *spec, struct slice key,
                 struct error *err)
{
    bool removes =
        slice_equal(spec->name, slice_lit("del")) || slice_equal(spec->name, slice_lit("unlink"));
    const struct dataset *dataset = removes ? NULL : catalog_dropping_row(services->catalog, key);
    char quoted[ERROR_QUOTE_BYTES];
    if (dataset) {
        error_set(err, "NODATASET",
                  "dataset %.*s is being dropped, and key %s with it: it can be written again when "
                  "the dataset is gone",
                  SLICE_ARG(dataset->name), error_quote(quoted, key));
    }
    return dataset != NULL;
}

bool
forward_survives_drops(struct services *services, const struct slice *args, size_t nargs,
                       struct error *err)
{
    enum { FEW = 16 };
    size_t few[FEW], *places = few;
    const struct command_entry *entry = command_index_find(services_commands(services), args[0]);
    const struct command_spec *spec =
        entry && entry->spec ? command_spec_of_args(entry->spec, args, nargs) : NULL;
    if (!spec || spec->flags & COMMAND_READONLY) {
        return true;
    }
    size_t nkeys = command_keys(spec, args, nargs, few, FEW);
    struct arena *arena = arena_new();
    if (nkeys > FEW) {
        places = arena_array(arena, nkeys, sizeof *places);
        command_keys(spec, args, nargs, places, nkeys);
    }
    bool ok = true;
    for (size_t i = 0; i < nkeys && ok; i++) {
        ok = !is_being_dropped(services, spec, args[places[i]], err);
    }
    arena_free(arena);
    return ok;
}

static void
row_refuse(struct call *call, struct slice row)
{
    char quoted[ERROR_QUOTE_BYTES], name[COMMAND_NAME_BYTES];
    const struct dataset *dataset = catalog_by_row(call->services->catalog, row);
    resp_write_err(call->out, "%s is refused on row %s of dataset %.*s: %s",
                   forward_upper_name(call->spec, name), error_quote(quoted, row),
                   SLICE_ARG(dataset->name), row_reason(call->spec->name));
}

/* Whose answer would be one shard's, and be taken for that of all. */
static bool
is_of_one_shard(const struct call *call)
{
    static const char *const NAMES[] = {"memory|stats", "memory|doctor", "memory|malloc-stats"};
    bool found = false;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        found |= slice_equal(call->spec->name, slice_str(NAMES[i]));
    }
    return found && executor_count_shards(call->services->executor) > 1;
}

/* COPY a b DB 1: where nobody would find it. */
static bool
names_other_database(const struct call *call)
{
    int64_t db;
    bool found = false;
    bool is_copy = slice_equal(call->spec->name, slice_lit("copy"));
    for (size_t i = 3; is_copy && i + 1 < call->nargs; i++) {
        found |= slice_equal_nocase(call->args[i], slice_lit("db")) &&
                 slice_to_int64(call->args[i + 1], &db) && db != 0;
    }
    return found;
}

static bool
is_refused(struct call *call)
{
    char name[COMMAND_NAME_BYTES];
    const char *why = call->refused                ? call->refused
                      : is_of_one_shard(call)      ? "each shard has its own: send it to a shard"
                      : names_other_database(call) ? "there is one database"
                                                   : NULL;
    if (why) {
        resp_write_err(call->out, "%s is refused: %s", forward_upper_name(call->spec, name), why);
    }
    return why != NULL;
}

char *
forward_upper_name(const struct command_spec *spec, char *buffer)
{
    size_t len = spec->name.len < COMMAND_NAME_BYTES ? spec->name.len : COMMAND_NAME_BYTES - 1;
    for (size_t i = 0; i < len; i++) {
        char c = spec->name.ptr[i];
        buffer[i] = (char) (c == '|' ? ' ' : c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    buffer[len] = '\0';
    return buffer;
}

/*
 * A subcommand that is in no table may be known to another shard, which nobody has asked what it
 * does to the connection. In Redis' words.
 */
static bool
subcommand_is_unknown(const struct call *call)
{
    enum { SHOWN_BYTES = 128 };
    if (call->spec->nsubcommands == 0 || call->nargs < 2) {
        return false;
    }
    char name[COMMAND_NAME_BYTES];
    struct slice word = call->args[1];
    struct strbuf text;
    strbuf_init(&text);
    strbuf_printf(&text, "ERR unknown subcommand '%.*s'. Try %s HELP.",
                  (int) (word.len < SHOWN_BYTES ? word.len : SHOWN_BYTES), word.ptr,
                  forward_upper_name(call->spec, name));
    resp_write_error_text(call->out, strbuf_slice(&text));
    strbuf_fini(&text);
    return true;
}

static bool
arity_fits(const struct call *call)
{
    int64_t arity = call->spec->arity;
    bool fits = arity >= 0 ? call->nargs == (size_t) arity : call->nargs >= (size_t) -arity;
    if (!fits) {
        resp_write_err(call->out, "wrong number of arguments for '%.*s' command",
                       SLICE_ARG(call->spec->name));
    }
    return fits;
}

/* -- keys -------------------------------------------------------------------------------------- */

static bool
route_classify(struct route *route, struct call *call, bool is_reading)
{
    struct executor *executor = call->services->executor;
    route->is_one_slot = true;
    for (size_t i = 0; i < route->nkeys; i++) {
        struct slice key = call->args[route->places[i]];
        const struct dataset *dataset = catalog_by_row(call->services->catalog, key);
        bool is_renamed = dataset && keyspace_is_renamed(executor, key);
        if (!dataset && keyspace_is_reserved(executor, key)) {
            char quoted[ERROR_QUOTE_BYTES];
            resp_write_err(call->out, "key %s is one of Quipu's own", error_quote(quoted, key));
            return false;
        }
        route->nrows += is_renamed;
        struct error dropped;
        error_clear(&dropped);
        if (!dataset && !is_reading &&
            is_being_dropped(call->services, call->spec, key, &dropped)) {
            resp_write_error(call->out, &dropped);
            return false;
        }
        if (dataset && !dataset_is_columns(dataset) && !is_reading) {
            row_refuse(call, key);
            return false;
        }
        if (executor_is_one_keyspace(executor)) {
            continue;
        }
        unsigned slot = is_renamed ? keyspace_row_slot(executor, key) : key_slot(key);
        if (i == 0) {
            route->slot = slot;
        } else if (slot != route->slot) {
            route->is_one_slot = false;
        }
    }
    return true;
}

/*
 * The slot of all keys that a pattern may name: a hash tag ahead of the star says it. False: they
 * may be in any.
 */
static bool
pattern_slot(struct slice fixed, unsigned *slot)
{
    *slot = key_slot(fixed);
    return key_tag(fixed).len > 0;
}

/*
 * One key that the pattern names, for all of them; appended. `w_*->n` is the field n of hashes, and
 * without a star no key is read.
 */
static void
pattern_example(struct slice pattern, struct strbuf *key)
{
    strbuf_append(key, pattern);
    for (size_t i = 1; i + 2 < key->len; i++) {
        if (key->ptr[i] == '-' && key->ptr[i + 1] == '>') {
            key->len = i;
        }
    }
}

/* False, with the reply written, where the pattern behind SORT's BY or GET may not be read by. */
static bool
pattern_check(const struct route *route, struct call *call, struct slice option,
              struct slice pattern)
{
    struct executor *executor = call->services->executor;
    const char *star = pattern.len ? memchr(pattern.ptr, '*', pattern.len) : NULL;
    char quoted[ERROR_QUOTE_BYTES];
    struct strbuf key;
    unsigned slot;
    if (!star) {
        return true;
    }
    strbuf_init(&key);
    pattern_example(pattern, &key);
    struct slice example = strbuf_slice(&key);
    const struct dataset *dataset = catalog_by_row(call->services->catalog, example);
    bool is_renamed = dataset && keyspace_is_renamed(executor, example);
    bool is_own = !dataset && keyspace_is_reserved(executor, example);
    bool is_here = executor_is_one_keyspace(executor) ||
                   (pattern_slot(slice_of(pattern.ptr, (size_t) (star - pattern.ptr)), &slot) &&
                    slot == route->slot);
    strbuf_fini(&key);
    if (is_own) {
        resp_write_err(call->out, "the keys of %s are Quipu's own", error_quote(quoted, pattern));
    } else if (is_renamed) {
        resp_write_err(call->out,
                       "the shards have rows of dataset %.*s under other names: %.*s %s finds none",
                       SLICE_ARG(dataset->name), SLICE_ARG(option), error_quote(quoted, pattern));
    } else if (!is_here) {
        resp_write_err(call->out,
                       "%s option of SORT denied in cluster mode when keys formed by the pattern "
                       "may be in different slots.",
                       slice_equal_nocase(option, slice_lit("by")) ? "BY" : "GET");
    }
    return !is_own && !is_renamed && is_here;
}

static bool
patterns_check(const struct route *route, struct call *call)
{
    size_t at = command_pattern(call->spec, call->args, call->nargs, 0);
    while (at && pattern_check(route, call, call->args[at], call->args[at + 1])) {
        at = command_pattern(call->spec, call->args, call->nargs, at + 2);
    }
    return at == 0;
}

static bool
route_fill(struct route *route, struct call *call, bool is_reading)
{
    route->places = route->few;
    route->nrows = 0;
    route->slot = 0;
    if (is_refused(call) || subcommand_is_unknown(call) || !arity_fits(call)) {
        return false;
    }
    size_t max = sizeof route->few / sizeof *route->few;
    route->nkeys = command_keys(call->spec, call->args, call->nargs, route->few, max);
    if (route->nkeys > FORWARD_MAX_KEYS) {
        struct error err = {"", ""};
        error_set(&err, "LIMIT", "at most %d keys in one command, not %zu", FORWARD_MAX_KEYS,
                  route->nkeys);
        resp_write_error(call->out, &err);
        return false;
    }
    if (route->nkeys > max) {
        route->places = calloc(route->nkeys, sizeof *route->places);
        if (!route->places) {
            abort();
        }
        command_keys(call->spec, call->args, call->nargs, route->places, route->nkeys);
    }
    if (!route_classify(route, call, is_reading) || !patterns_check(route, call)) {
        route_fini(route);
        return false;
    }
    return true;
}

bool
route_init(struct route *route, struct call *call)
{
    return route_fill(route, call, call->spec->flags & COMMAND_READONLY);
}

bool
route_init_reading(struct route *route, struct call *call)
{
    return route_fill(route, call, true);
}

void
route_fini(struct route *route)
{
    if (route->places != route->few) {
        free(route->places);
    }
}

const struct slice *
route_args(struct call *call, const struct route *route, struct arena *arena)
{
    if (route->nrows == 0) {
        return call->args;
    }
    struct slice *args = arena_array(arena, call->nargs, sizeof *args);
    memcpy(args, call->args, call->nargs * sizeof *args);
    for (size_t i = 0; i < route->nkeys; i++) {
        struct slice *key = &args[route->places[i]];
        const struct dataset *dataset = catalog_by_row(call->services->catalog, *key);
        if (dataset && keyspace_is_renamed(call->services->executor, *key)) {
            struct strbuf name;
            strbuf_init(&name);
            keyspace_append_row(call->services->executor, dataset, *key, &name);
            *key = arena_copy(arena, strbuf_slice(&name));
            strbuf_fini(&name);
        }
    }
    return args;
}

/*
 * Others of the same slot come with a key that a script declares, if it has a tag: none of them can
 * be Quipu's own, unless what they begin with is. Rows by sets are only ever read.
 */
void
forward_script_keys(const struct call *call, const struct route *route, const struct slice *args,
                    struct script_keys *keys)
{
    const struct executor *executor = call->services->executor;
    for (size_t i = 0; i < route->nkeys; i++) {
        struct slice key = args[route->places[i]];
        struct slice named = call->args[route->places[i]];
        const struct dataset *dataset = catalog_by_row(call->services->catalog, named);
        bool may_write = !dataset || dataset_is_columns(dataset);
        bool is_wide = call->spec->runs_script && may_write &&
                       !keyspace_is_reserved(executor, script_keys_stem(key));
        script_keys_add(keys, key, may_write, is_wide);
    }
}

/* -- running ----------------------------------------------------------------------------------- */

static enum command_outcome
outcome(struct call *call, bool is_sent, const struct error *err)
{
    if (is_sent) {
        return COMMAND_RUNS;
    }
    resp_write_error(call->out, err);
    return COMMAND_REPLIED;
}

/* To the shard that has the keys; where there are none, to any. */
static enum command_outcome
run_in_one_piece(struct call *call, const struct route *route, const struct slice *args)
{
    struct error err;
    struct script_keys keys;
    bool is_confined = forward_is_confined(call);
    error_clear(&err);
    script_keys_init(&keys);
    if (is_confined) {
        forward_script_keys(call, route, args, &keys);
    }
    const struct forward_options options = {
        .slot = route->slot,
        .is_anywhere = route->nkeys == 0,
        .keys = is_confined ? &keys : NULL,
        .resp3 = request_is_resp3(call->request),
        .is_readonly = call->spec->flags & COMMAND_READONLY,
        .bytes = args == call->args ? call->bytes : slice_of(NULL, 0),
    };
    bool is_sent = forward_start(call->services->executor, &options, args, call->nargs,
                                 forward_on_piece, call->request, &err);
    script_keys_fini(&keys);
    return outcome(call, is_sent, &err);
}

static enum command_outcome
run_without_keys(struct call *call, const struct route *route)
{
    struct error err = {"", ""};
    if (call->spec->ask == ASK_ALL_SHARDS && call->spec->merge != MERGE_SPECIAL) {
        return outcome(call, fan_all_shards(call, call->args, call->nargs, &err), &err);
    }
    return run_in_one_piece(call, route, call->args);
}

/*
 * MGET MSET DEL UNLINK EXISTS TOUCH; not MSETNX, which is all or nothing. Nor one whose last key
 * wants its value.
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
    if (is_blocking(call)) {
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
            result = outcome(call, fan_by_slot(call, args, &route, &err), &err);
        } else if (call->spec->ask == ASK_MULTI_SHARD && call->spec->merge != MERGE_MIN) {
            resp_write_err(call->out, "wrong number of arguments for '%.*s' command",
                           SLICE_ARG(call->spec->name));
            result = COMMAND_REPLIED;
        } else {
            resp_write_error_text(call->out, slice_lit("CROSSSLOT " FORWARD_CROSSSLOT));
            result = COMMAND_REPLIED;
        }
        arena_free(arena);
    }
    route_fini(&route);
    return result;
}
