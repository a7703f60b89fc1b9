/*
 * Finds the keys of a shard's command, and refuses what must not be done to them. in: a call with a
 * shard's description of its command; out: the slot of its keys, its words as the shards know them,
 * or an error.
 *
 *     MGET a b            -> keys at 1 and 2, of one slot or not
 *     TTL profile_7       -> a row that is stored under another name: `w47:profile_7`
 *     EXPIRE profile_7 60 -> refused: a row by sets is read, not written
 *     GET quipu:datasets  -> refused: one of Quipu's own
 */
#include "server/proxy/route.h"
#include "base/must.h"

#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "base/slot.h"
#include "executor/datasets/keyspace.h"
#include "executor/executor.h"
#include "executor/shards/command_table.h"
#include "executor/shards/forward.h"
#include "executor/shards/script_user.h"
#include "planner/catalog.h"
#include "server/table/command_index.h"
#include "server/table/services.h"

const struct command_spec *
route_spec_of(const struct call *call)
{
    const struct command_entry *entry =
        command_index_find(services_commands(call->services), call->args[0]);
    return entry ? entry->spec : NULL;
}

bool
route_is_confined(const struct call *call)
{
    return call->spec->runs_script && !executor_is_one_keyspace(call->services->executor);
}

/* -- what is refused --------------------------------------------------------------------------- */

/* The reason why this command cannot write a row. */
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

/* A command that removes keys may go on while their dataset is dropped. */
static bool
is_being_dropped(const struct services *services, const struct command_spec *spec, struct slice key,
                 struct error *err)
{
    bool removes =
        slice_equal(spec->name, slice_lit("del")) || slice_equal(spec->name, slice_lit("unlink"));
    return !removes && !keyspace_survives_drop(executor_datasets(services->executor), key, err);
}

bool
route_survives_drops(struct services *services, const struct slice *args, size_t nargs,
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
                   route_upper_name(call->spec, name), error_quote(quoted, row),
                   SLICE_ARG(dataset->name), row_reason(call->spec->name));
}

/* True: the answer is about one shard, and would be taken for the answer of all. */
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

/* COPY a b DB 1 would write where nobody can read. */
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
        resp_write_err(call->out, "%s is refused: %s", route_upper_name(call->spec, name), why);
    }
    return why != NULL;
}

char *
route_upper_name(const struct command_spec *spec, char *buffer)
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
 * Refuses, in Redis' words, a subcommand that is in no table. Another shard may know it, and nobody
 * has asked that shard what it does to the connection.
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
                  route_upper_name(call->spec, name));
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
        bool is_renamed = dataset && keyspace_is_renamed(executor_datasets(executor), key);
        if (!dataset && keyspace_is_reserved(executor_datasets(executor), key)) {
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
        unsigned slot =
            is_renamed ? keyspace_row_slot(executor_datasets(executor), key) : key_slot(key);
        if (i == 0) {
            route->slot = slot;
        } else if (slot != route->slot) {
            route->is_one_slot = false;
        }
    }
    return true;
}

/*
 * The slot of all keys that a pattern may name, by a hash tag before the star. False: the keys may
 * be in any slot.
 */
static bool
pattern_slot(struct slice fixed, unsigned *slot)
{
    *slot = key_slot(fixed);
    return key_tag(fixed).len > 0;
}

/*
 * Appends one key that the pattern names, as an example of all. `w_*->n` is the field n of hashes.
 * Without a star no key is read.
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

/* False: the pattern behind SORT's BY or GET may not be read, and the error is written. */
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
    bool is_renamed = dataset && keyspace_is_renamed(executor_datasets(executor), example);
    bool is_own = !dataset && keyspace_is_reserved(executor_datasets(executor), example);
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
    if (route->nkeys > ROUTE_MAX_KEYS) {
        struct error err = {"", ""};
        error_set(&err, "LIMIT", "at most %d keys in one command, not %zu", ROUTE_MAX_KEYS,
                  route->nkeys);
        resp_write_error(call->out, &err);
        return false;
    }
    if (route->nkeys > max) {
        route->places = must_array(route->nkeys, sizeof *route->places);
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
        if (dataset && keyspace_is_renamed(executor_datasets(call->services->executor), *key)) {
            struct strbuf name;
            strbuf_init(&name);
            keyspace_append_row(executor_datasets(call->services->executor), dataset, *key, &name);
            *key = arena_copy(arena, strbuf_slice(&name));
            strbuf_fini(&name);
        }
    }
    return args;
}

/*
 * A script that declares a key with a tag may use other keys of the same slot, if they begin alike.
 * That holds unless Quipu's own keys begin so, too. Rows by sets are only ever read.
 */
void
route_script_keys(const struct call *call, const struct route *route, const struct slice *args,
                  struct script_keys *keys)
{
    const struct executor *executor = call->services->executor;
    for (size_t i = 0; i < route->nkeys; i++) {
        struct slice key = args[route->places[i]];
        struct slice named = call->args[route->places[i]];
        const struct dataset *dataset = catalog_by_row(call->services->catalog, named);
        bool may_write = !dataset || dataset_is_columns(dataset);
        bool is_wide = call->spec->runs_script && may_write &&
                       !keyspace_is_reserved(executor_datasets(executor), script_keys_stem(key));
        script_keys_add(keys, key, may_write, is_wide);
    }
}
