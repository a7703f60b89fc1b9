/*
 * Checks before each command whether its client may run it. in: a call and its client; out: yes, or
 * -NOAUTH, -NOPERM.
 *
 *     HSET profile_7 age 31      -> name hset, @write @hash @fast, key at 1 (W)
 *     SORT a STORE b             -> as the shard says: name sort, keys at 1 (R) and 3 (W)
 *     COUNT sex from current     -> name count, @read @crosstab @slow, dataset current
 *     DATASET INFO current       -> name dataset|info, dataset current
 *
 * For a client who may do everything, as `default` may at first, this costs two comparisons. Only
 * for other clients a query's text is parsed here, to know its dataset. It is parsed again when it
 * runs, so that the check does not depend on what is cached.
 */
#include "server/proxy/call_access.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "executor/shards/command_table.h"
#include "server/access/access.h"
#include "server/access/stats.h"
#include "server/client/client.h"
#include "server/table/acl_category.h"
#include "server/table/services.h"

static void
log_add(const struct call *call, enum acl_log_reason reason, struct slice object,
        struct slice username)
{
    struct strbuf line;
    strbuf_init(&line);
    client_print(call->client, &line);
    line.len -= line.len > 0; /* without its line break */
    call->services->stats->denied[reason]++;
    acl_log_add(call->services->acl_log, reason, object, username, strbuf_slice(&line),
                now_coarse_ms(), (size_t) call->services->config->acllog_max_len);
    strbuf_fini(&line);
}

bool
call_access_login(const struct call *call, struct slice name, struct slice password,
                  struct error *err)
{
    if (!access_login(client_access(call->client), call->services->acl, name, password, err)) {
        log_add(call, ACL_LOG_AUTH, call->args[0], name);
        return false;
    }
    return true;
}

/* -- what a call asks for ---------------------------------------------------------------------- */

/* An action and the memory that it points to. */
struct described {
    struct access_action action;
    struct acl_range few[16]; /* enough for most commands */
    struct acl_range channels;
    struct arena *arena; /* for what does not fit in here; NULL: none */
};

static struct arena *
described_arena(struct described *described)
{
    described->arena = described->arena ? described->arena : arena_new();
    return described->arena;
}

static void
described_fini(struct described *described)
{
    if (described->arena) {
        arena_free(described->arena);
    }
}

/* Takes the keys from the command's row in the table. */
static void
keys_describe(const struct call *call, struct described *out)
{
    const struct command *command = call->command;
    size_t last = command->last_key < 0 ? call->nargs - 1 : (size_t) command->last_key;
    unsigned access = command->writes ? ACL_KEY_WRITE : ACL_KEY_READ;
    if (command->writes_and_reads) {
        access = ACL_KEY_READ | ACL_KEY_WRITE;
    }
    if (command->first_key > 0 && (size_t) command->first_key <= last && last < call->nargs) {
        out->few[0] = (struct acl_range){(size_t) command->first_key, last,
                                         (size_t) command->key_step, access};
        out->action.keys = out->few;
        out->action.nkeys = 1;
    }
}

/* Takes each key's place as a range of one. */
static void
spec_keys_describe(const struct call *call, struct described *out)
{
    enum { FEW = sizeof out->few / sizeof *out->few };
    size_t few_places[FEW], *places = few_places;
    unsigned few_uses[FEW], *uses = few_uses;
    struct acl_range *keys = out->few;
    size_t n = command_keys_used(call->spec, call->args, call->nargs, places, uses, FEW);
    if (n > FEW) {
        places = arena_array(described_arena(out), n, sizeof *places);
        uses = arena_array(described_arena(out), n, sizeof *uses);
        keys = arena_array(described_arena(out), n, sizeof *keys);
        (void) command_keys_used(call->spec, call->args, call->nargs, places, uses, n);
    }
    out->action.keys = keys;
    for (size_t i = 0; i < n; i++) {
        unsigned access = (uses[i] & COMMAND_KEY_READS ? ACL_KEY_READ : 0) |
                          (uses[i] & COMMAND_KEY_WRITES ? ACL_KEY_WRITE : 0);
        if (!(uses[i] & COMMAND_KEY_IS_NONE)) {
            keys[out->action.nkeys++] = (struct acl_range){places[i], places[i], 1, access};
        }
    }
}

/* Finds SORT's BY with a star, and its GET of anything but `#`, which is the element itself. */
static void
patterns_describe(const struct call *call, struct described *out)
{
    for (size_t at = 0; (at = command_pattern(call->spec, call->args, call->nargs, at)) != 0;
         at += 2) {
        struct slice pattern = call->args[at + 1];
        bool is_by = slice_equal_nocase(call->args[at], slice_lit("by"));
        bool has_star = pattern.len && memchr(pattern.ptr, '*', pattern.len);
        if (is_by ? has_star : !slice_equal(pattern, slice_lit("#"))) {
            out->action.pattern_option = is_by ? slice_lit("BY") : slice_lit("GET");
            return;
        }
    }
}

/* A shard's description of its commands does not include channels. */
static void
channels_describe(const struct call *call, struct described *out)
{
    static const struct {
        const char *name;
        bool is_all; /* all args; else the first */
        bool are_patterns;
    } COMMANDS[] = {{"publish", false, false},
                    {"spublish", false, false},
                    {"subscribe", true, false},
                    {"ssubscribe", true, false},
                    {"psubscribe", true, true}};
    bool has_channels = call->nargs > 1 && (!call->spec || call->spec->flags & COMMAND_PUBSUB);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS && has_channels; i++) {
        if (slice_equal(out->action.name, slice_str(COMMANDS[i].name))) {
            size_t last = COMMANDS[i].is_all ? call->nargs - 1 : 1;
            out->channels = (struct acl_range){1, last, 1, 0};
            out->action.channels = &out->channels;
            out->action.nchannels = 1;
            out->action.channels_are_patterns = COMMANDS[i].are_patterns;
        }
    }
}

/* Describes a command that is passed through. */
static void
spec_describe(const struct call *call, struct described *out)
{
    const struct command_spec *spec = call->spec;
    const char *bar = memchr(spec->name.ptr, '|', spec->name.len);
    size_t len = bar ? (size_t) (bar - spec->name.ptr) : spec->name.len;
    uint32_t categories = command_index_categories(services_commands(call->services), spec);
    *out = (struct described){
        .action = {.name = slice_of(spec->name.ptr, len),
                   .categories = categories,
                   .sub = bar ? slice_of(bar + 1, spec->name.len - len - 1) : slice_lit(""),
                   .writes = (spec->flags & COMMAND_WRITE) != 0,
                   .tells_no_rows = spec->flags & COMMAND_PUBSUB || categories & ACL_CONNECTION,
                   .args = call->args,
                   .catalog = call->services->catalog}};
    spec_keys_describe(call, out);
    patterns_describe(call, out);
    channels_describe(call, out);
}

/* Describes a command of our own. Fails if a query's text is wrong. */
static bool
own_describe(const struct call *call, struct described *out, struct error *err)
{
    const struct command *command = call->command, *parent = call->parent;
    *out = (struct described){.action = {.name = slice_str(parent ? parent->name : command->name),
                                         .sub = slice_str(parent ? command->name : ""),
                                         .writes = command->writes,
                                         .all_datasets = command->is_about_all_datasets,
                                         .tells_no_rows = command->is_without_rows,
                                         .args = call->args,
                                         .catalog = call->services->catalog}};
    out->action.categories = acl_category_of(parent ? parent->name : NULL, command->name);
    if (!out->action.categories) { /* no row there: rather too few rights than too many */
        out->action.categories = ACL_ADMIN | ACL_SLOW | ACL_DANGEROUS;
    }
    keys_describe(call, out);
    channels_describe(call, out);
    return !command->asks || command->asks(call, &out->action, described_arena(out), err);
}

static bool
call_describe(const struct call *call, struct described *out, struct error *err)
{
    if (call->command) {
        return own_describe(call, out, err);
    }
    spec_describe(call, out);
    return true;
}

/* -- the check --------------------------------------------------------------------------------- */

static void
refusal_log(const struct call *call, const struct access_action *action,
            const struct access_refusal *refusal, const struct acl_user *user)
{
    struct strbuf name;
    strbuf_init(&name);
    access_action_print_name(action, &name);
    log_add(call, refusal->reason, refusal->object.len ? refusal->object : strbuf_slice(&name),
            acl_user_name(user));
    strbuf_fini(&name);
}

/* AUTH and the other commands that work without a login, or reset the connection. */
static bool
is_for_all(const struct call *call)
{
    return call->command && call->command->is_for_all;
}

static bool
action_check(const struct call *call, const struct acl_user *user, bool is_logged,
             struct error *err)
{
    struct described described;
    struct access_refusal refusal = {.is_noted = false};
    bool ok = call_describe(call, &described, err) &&
              access_check(user, &described.action, &refusal, err);
    if (is_logged && refusal.is_noted) {
        refusal_log(call, &described.action, &refusal, user);
    }
    described_fini(&described);
    return ok;
}

/* Checks the user's rules for a call. is_logged: whether ACL LOG is to remember a refusal. */
static bool
rules_check(const struct call *call, const struct acl_user *user, bool is_logged, struct error *err)
{
    return acl_user_is_unrestricted(user) || is_for_all(call) ||
           action_check(call, user, is_logged, err);
}

bool
call_access_would_allow(const struct call *call, const struct acl_user *user, struct error *err)
{
    return rules_check(call, user, false, err);
}

bool
call_access_check(const struct call *call, struct error *err)
{
    const struct access *access = client_access(call->client);
    if (access_is_required(access, call->services->acl)) {
        return is_for_all(call) || error_set(err, "NOAUTH", "Authentication required.");
    }
    return rules_check(call, access->user, true, err);
}

bool
call_access_check_again(struct client *client, const struct slice *args, size_t nargs,
                        struct error *err)
{
    struct call call = {
        .services = client_services(client), .client = client, .args = args, .nargs = nargs};
    call_resolve(&call);
    if (!call.command && !call.spec) {
        return error_set(err, "NOPERM", "no shard knows this command any more");
    }
    return call_access_check(&call, err);
}
