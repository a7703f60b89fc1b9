/*
 * The check before each command.
 * in: a call and its client; out: yes, or -NOAUTH, -NOPERM.
 *
 *     HSET profile_7 age 31      -> name hset, @write @hash @fast, key at 1 (W)
 *     SORT a STORE b             -> as the shard says: name sort, keys at 1 (R) and 3 (W)
 *     COUNT sex from current     -> name count, @read @crosstab @slow, dataset current
 *     DATASET INFO current       -> name dataset|info, dataset current
 *
 * A client who may do everything, as `default` may at first, costs two comparisons. Only for others
 * is a query's text parsed here, to know its dataset: it is parsed again when it runs, so that what
 * is checked does not depend on what is cached.
 */
#include "server/access.h"

#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "parser/parse.h"
#include "planner/catalog.h"
#include "server/acl_category.h"
#include "server/acl_log.h"
#include "server/client.h"
#include "server/command_families.h"
#include "server/command_index.h"
#include "server/config.h"
#include "server/services.h"
#include "server/stats.h"

/* -- users from the configuration -------------------------------------------------------------- */

static bool
users_load(struct services *services, struct error *err)
{
    const struct config *config = services->config;
    for (const struct config_user *user = config->users; user; user = user->next) {
        struct error cause = {0};
        /* The shards, which know their commands, are not there yet. */
        if (!acl_set(services->acl, user->name, user->rules, user->nrules, NULL, &cause)) {
            return error_set(err, "ERR", "user %.*s: %s", SLICE_ARG(user->name), cause.message);
        }
    }
    if (config->requirepass.is_set) {
        acl_set_default_password(services->acl, &config->requirepass.hash);
    }
    return !config->aclfile[0] || acl_load_file(services->acl, config->aclfile, NULL, err);
}

bool
access_open(struct services *services, struct error *err)
{
    services->acl = acl_new();
    return users_load(services, err);
}

void
access_close(struct services *services)
{
    acl_log_reset(services->acl_log);
    acl_free(services->acl);
    services->acl = NULL;
}

void
access_apply_password(struct services *services)
{
    const struct config_password *password = &services->config->requirepass;
    acl_set_default_password(services->acl, password->is_set ? &password->hash : NULL);
}

/* -- a client's user --------------------------------------------------------------------------- */

void
access_init(struct access *access, const struct services *services)
{
    struct acl_user *user = acl_default(services->acl);
    access->user = acl_user_hold(user);
    access->is_authenticated = acl_user_is_open(user);
}

void
access_fini(struct access *access)
{
    acl_user_release(access->user);
    *access = (struct access){0};
}

void
access_reset(struct access *access, const struct services *services)
{
    access_fini(access);
    access_init(access, services);
}

static void
log_add(const struct call *call, enum acl_log_reason reason, struct slice object,
        struct slice username)
{
    struct strbuf line;
    strbuf_init(&line);
    client_print(call->client, &line);
    line.len -= line.len > 0; /* its line break */
    call->services->stats->denied[reason]++;
    acl_log_add(call->services->acl_log, reason, object, username, strbuf_slice(&line),
                now_coarse_ms(), (size_t) call->services->config->acllog_max_len);
    strbuf_fini(&line);
}

bool
access_login(const struct call *call, struct slice name, struct slice password, struct error *err)
{
    struct access *access = client_access(call->client);
    struct acl_user *user = acl_login(call->services->acl, name, password);
    if (!user) {
        log_add(call, ACL_LOG_AUTH, call->args[0], name);
        return error_set(err, "WRONGPASS", "invalid username-password pair or user is disabled.");
    }
    acl_user_hold(user);
    acl_user_release(access->user);
    access->user = user;
    access->is_authenticated = true;
    return true;
}

struct acl_limits
access_limits(const struct access *access, const struct config *config)
{
    struct acl_limits limits = acl_user_limits(access->user);
    limits.rate = limits.rate ? limits.rate : config->client_rate_limit;
    limits.max_queries = limits.max_queries ? limits.max_queries : config->client_max_queries;
    limits.max_cells = limits.max_cells ? limits.max_cells : config->client_max_cells;
    return limits;
}

bool
access_is_required(const struct access *access, const struct services *services)
{
    return !access->is_authenticated && !acl_user_is_open(acl_default(services->acl));
}

/* -- what a call asks for ---------------------------------------------------------------------- */

/* A request and what it points to. */
struct described {
    struct acl_request request;
    struct acl_range few[16]; /* keys, as a rule */
    struct arena *arena;      /* of what does not fit in here; NULL: none */
    struct acl_range channels;
    struct slice args[1]; /* for a query, whose words are no args: INTO's key */
    struct acl_prefix prefixes[2];
    struct slice datasets[2];
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

static void
range_add(struct described *out, size_t first, size_t last, size_t step, unsigned access)
{
    out->few[out->request.nkeys++] = (struct acl_range){first, last, step, access};
    out->request.keys = out->few;
}

static void
dataset_add(struct described *out, struct slice name)
{
    out->datasets[out->request.ndatasets++] = name;
    out->request.datasets = out->datasets;
}

/* Where its row in the table says that there are keys. */
static void
keys_describe(const struct call *call, struct described *out)
{
    const struct command *command = call->command;
    size_t last = command->last_key < 0 ? call->nargs - 1 : (size_t) command->last_key;
    unsigned access = command->writes ? ACL_KEY_WRITE : ACL_KEY_READ;
    if (strcmp(command->name, "hincrby") == 0) {
        access = ACL_KEY_READ | ACL_KEY_WRITE; /* it answers what it has read */
    }
    if (command->first_key > 0 && (size_t) command->first_key <= last && last < call->nargs) {
        range_add(out, (size_t) command->first_key, last, (size_t) command->key_step, access);
    }
}

static bool
query_describe(const struct call *call, struct described *out, struct error *err)
{
    struct strbuf text;
    struct ast_query *ast = NULL;
    strbuf_init(&text);
    command_query_text(call, &text);
    bool ok = query_parse(described_arena(out), strbuf_slice(&text),
                          &call->services->settings->parse_limits, &ast, err);
    strbuf_fini(&text);
    if (!ok) {
        return false;
    }
    dataset_add(out, ast->dataset);
    if (ast->options.into_key.ptr) {
        out->args[0] = ast->options.into_key;
        out->request.args = out->args;
        out->request.writes = true;
        range_add(out, 0, 0, 1, ACL_KEY_WRITE);
    }
    return true;
}

/* All keys that begin so: `profile_`, or, with a name, `w47:profile_`. */
static void
prefix_add(struct described *out, struct slice name, struct slice prefix)
{
    struct slice text = name.len ? arena_printf(described_arena(out), "%.*s:%.*s", SLICE_ARG(name),
                                                SLICE_ARG(prefix))
                                 : prefix;
    out->prefixes[out->request.nprefixes++] =
        (struct acl_prefix){text, ACL_KEY_READ | ACL_KEY_WRITE};
    out->request.prefixes = out->prefixes;
}

/*
 * The keys that a change gives to a dataset, or takes with it: who may not read and write all of
 * them may not have them counted, dropped, or led to another dataset. Of a dataset that is not
 * known here those are all keys.
 */
static void
change_keys_describe(const struct catalog *catalog, const struct dataset_change *change,
                     struct described *out)
{
    const struct slice none = slice_lit("");
    const struct dataset *dataset;
    switch (change->op) {
    case CHANGE_CREATE:
        prefix_add(out, none, change->prefix);
        for (size_t i = 0; i < catalog_count(catalog); i++) {
            if (slice_equal(catalog_at(catalog, i)->prefix, change->prefix)) { /* a version */
                prefix_add(out, change->name, change->prefix);
                return;
            }
        }
        return;
    case CHANGE_DROP:
        dataset = catalog_own_name(catalog, change->name);
        if (change->keeps_rows) {
            return;
        }
        if (!dataset || !dataset->has_own_rows || catalog_has_rows(catalog, dataset)) {
            prefix_add(out, none, dataset ? dataset->prefix : none);
        }
        if (dataset && dataset->has_own_rows) {
            prefix_add(out, dataset->name, dataset->prefix);
        }
        return;
    case CHANGE_ALIAS: /* plain keys may follow it without ROWS, too */
        dataset = catalog_own_name(catalog, change->target);
        prefix_add(out, none, dataset ? dataset->prefix : none);
        return;
    case CHANGE_UNALIAS:
    case CHANGE_REINDEX: return;
    }
}

static void
change_describe(const struct catalog *catalog, const struct dataset_change *change,
                struct described *out)
{
    switch (change->op) {
    case CHANGE_CREATE:
    case CHANGE_UNALIAS: out->request.given_name = change->name; break;
    case CHANGE_ALIAS:
        out->request.given_name = change->name;
        dataset_add(out, change->target);
        break;
    case CHANGE_DROP:
    case CHANGE_REINDEX: dataset_add(out, change->name); break;
    }
    change_keys_describe(catalog, change, out);
}

static void
dataset_describe(const struct call *call, struct described *out)
{
    struct dataset_change change;
    struct error wrong = {0}; /* what is said wrongly changes nothing, and is told when it runs */
    if (command_dataset_change(call, &change, &wrong)) {
        change_describe(call->services->catalog, &change, out);
    } else if (call->nargs > 2) {
        dataset_add(out, call->args[2]);
    }
}

static void
datasets_describe(const struct call *call, struct described *out)
{
    static const char *const OF_ALL[] = {"dbsize", "flushall", "flushdb"};
    for (size_t i = 0; i < sizeof OF_ALL / sizeof *OF_ALL; i++) {
        if (!call->parent && strcmp(call->command->name, OF_ALL[i]) == 0) {
            out->request.all_datasets = true;
        }
    }
    if (call->parent && strcmp(call->parent->name, "cluster") == 0 &&
        strstr(call->command->name, "keysinslot")) {
        out->request.all_datasets = true;
    }
    if (call->parent && strcmp(call->parent->name, "dataset") == 0) {
        dataset_describe(call, out);
    }
}

/* Every place as a range of one. */
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
    out->request.keys = keys;
    for (size_t i = 0; i < n; i++) {
        unsigned access = (uses[i] & COMMAND_KEY_READS ? ACL_KEY_READ : 0) |
                          (uses[i] & COMMAND_KEY_WRITES ? ACL_KEY_WRITE : 0);
        if (!(uses[i] & COMMAND_KEY_IS_NONE)) {
            keys[out->request.nkeys++] = (struct acl_range){places[i], places[i], 1, access};
        }
    }
}

/* SORT's BY with a star, and its GET of anything but `#`, the element itself. */
static void
patterns_describe(const struct call *call, struct described *out)
{
    for (size_t at = 0; (at = command_pattern(call->spec, call->args, call->nargs, at)) != 0;
         at += 2) {
        struct slice pattern = call->args[at + 1];
        bool is_by = slice_equal_nocase(call->args[at], slice_lit("by"));
        bool has_star = pattern.len && memchr(pattern.ptr, '*', pattern.len);
        if (is_by ? has_star : !slice_equal(pattern, slice_lit("#"))) {
            out->request.pattern_option = is_by ? slice_lit("BY") : slice_lit("GET");
            return;
        }
    }
}

/* Channels are not in a shard's description of its commands. */
static void
channels_describe(const struct call *call, struct described *out)
{
    static const struct {
        const char *name;
        bool is_all; /* args; else the first */
        bool are_patterns;
    } COMMANDS[] = {{"publish", false, false},
                    {"spublish", false, false},
                    {"subscribe", true, false},
                    {"ssubscribe", true, false},
                    {"psubscribe", true, true}};
    bool has_channels = call->nargs > 1 && (!call->spec || call->spec->flags & COMMAND_PUBSUB);
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS && has_channels; i++) {
        if (slice_equal(out->request.name, slice_str(COMMANDS[i].name))) {
            size_t last = COMMANDS[i].is_all ? call->nargs - 1 : 1;
            out->channels = (struct acl_range){1, last, 1, 0};
            out->request.channels = &out->channels;
            out->request.nchannels = 1;
            out->request.channels_are_patterns = COMMANDS[i].are_patterns;
        }
    }
}

/* One that is passed through. */
static void
spec_describe(const struct call *call, struct described *out)
{
    const struct command_spec *spec = call->spec;
    const char *bar = memchr(spec->name.ptr, '|', spec->name.len);
    size_t len = bar ? (size_t) (bar - spec->name.ptr) : spec->name.len;
    *out = (struct described){
        .request = {.name = slice_of(spec->name.ptr, len),
                    .categories = command_index_categories(services_commands(call->services), spec),
                    .sub = bar ? slice_of(bar + 1, spec->name.len - len - 1) : slice_lit(""),
                    .writes = (spec->flags & COMMAND_WRITE) != 0,
                    .args = call->args,
                    .catalog = call->services->catalog}};
    spec_keys_describe(call, out);
    patterns_describe(call, out);
    channels_describe(call, out);
}

/* One of our own. Fails as a query's text does. */
static bool
own_describe(const struct call *call, struct described *out, struct error *err)
{
    const struct command *command = call->command, *parent = call->parent;
    *out = (struct described){.request = {.name = slice_str(parent ? parent->name : command->name),
                                          .sub = slice_str(parent ? command->name : ""),
                                          .writes = command->writes,
                                          .args = call->args,
                                          .catalog = call->services->catalog}};
    out->request.categories = acl_category_of(parent ? parent->name : NULL, command->name);
    if (!out->request.categories) { /* a row is missing there: rather too little than too much */
        out->request.categories = ACL_ADMIN | ACL_SLOW | ACL_DANGEROUS;
    }
    if (!parent && command_query_verb(slice_str(command->name))) { /* COMMAND COUNT is none */
        return query_describe(call, out, err);
    }
    keys_describe(call, out);
    channels_describe(call, out);
    datasets_describe(call, out);
    return true;
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

/* -- the answer -------------------------------------------------------------------------------- */

static struct slice
full_name(struct arena *arena, const struct acl_request *request)
{
    return arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(request->name), request->sub.len ? "|" : "",
                        SLICE_ARG(request->sub));
}

/* In Redis' words, where Redis knows the case. */
static void
verdict_say(enum acl_verdict verdict, struct slice command, struct slice object, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    switch (verdict) {
    case ACL_ALLOWED: return;
    case ACL_DENIED_COMMAND:
        (void) error_set(err, "NOPERM", "this user has no permissions to run the '%.*s' command",
                         SLICE_ARG(command));
        return;
    case ACL_DENIED_SCRIPT:
        (void) error_set(err, "NOPERM",
                         "'%.*s' can reach every key of a shard: only a user with allcommands, "
                         "allkeys, allchannels and alldatasets may run it",
                         SLICE_ARG(command));
        return;
    case ACL_DENIED_WRITE:
        (void) error_set(err, "NOPERM",
                         "this user is read-only and has no permissions to run the '%.*s' command",
                         SLICE_ARG(command));
        return;
    case ACL_DENIED_KEY:
        (void) error_set(err, "NOPERM",
                         "this user has no permissions to access one of the keys used as "
                         "arguments");
        return;
    case ACL_DENIED_CHANNEL:
        (void) error_set(err, "NOPERM",
                         "this user has no permissions to access one of the channels used as "
                         "arguments");
        return;
    case ACL_DENIED_DATASET:
        (void) error_set(err, "NOPERM", "this user has no permissions to access dataset %s",
                         error_quote(quoted, object));
        return;
    case ACL_DENIED_PATTERN:
        (void) error_set(err, "ERR",
                         "%.*s option of SORT denied due to insufficient ACL permissions.",
                         SLICE_ARG(object));
        return;
    }
}

static enum acl_log_reason
verdict_reason(enum acl_verdict verdict)
{
    switch (verdict) {
    case ACL_DENIED_KEY:
    case ACL_DENIED_PATTERN: return ACL_LOG_KEY;
    case ACL_DENIED_CHANNEL: return ACL_LOG_CHANNEL;
    case ACL_DENIED_DATASET: return ACL_LOG_DATASET;
    case ACL_ALLOWED:
    case ACL_DENIED_COMMAND:
    case ACL_DENIED_SCRIPT:
    case ACL_DENIED_WRITE: break;
    }
    return ACL_LOG_COMMAND;
}

/* log: whether ACL LOG is to remember it. */
static bool
request_check(const struct call *call, const struct acl_user *user, struct described *described,
              bool log, struct error *err)
{
    struct slice object;
    enum acl_verdict verdict = acl_user_check(user, &described->request, &object);
    if (verdict == ACL_ALLOWED) {
        return true;
    }
    struct slice command = full_name(described_arena(described), &described->request);
    verdict_say(verdict, command, object, err);
    if (log) {
        log_add(call, verdict_reason(verdict), object.len ? object : command, acl_user_name(user));
    }
    return false;
}

/* AUTH and what else must work for one who has not logged in, or has to start anew. */
static bool
is_for_all(const struct call *call)
{
    static const char *const NAMES[] = {"auth", "hello", "quit", "reset"};
    bool is_plain = call->command && !call->parent;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES && is_plain; i++) {
        if (strcmp(call->command->name, NAMES[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Our own commands whose answers say nothing of rows; queries keep small counts themselves. */
static bool
is_without_rows(const struct call *call)
{
    static const char *const NAMES[] = {
        "count",     "query",      "explain",    "profile",     "sum",          "avg",
        "min",       "max",        "distinct",   "auth",        "hello",        "quit",
        "reset",     "select",     "ping",       "echo",        "client",       "command",
        "time",      "multi",      "exec",       "discard",     "watch",        "unwatch",
        "subscribe", "psubscribe", "ssubscribe", "unsubscribe", "punsubscribe", "sunsubscribe",
        "acl",       "config",     "shutdown"};
    const struct command *parent = call->parent;
    const char *name = parent ? parent->name : call->command->name;
    bool is_list = strcmp(call->command->name, "list") == 0;
    if (parent && strcmp(name, "dataset") == 0) {
        return is_list;
    }
    if (parent && (strcmp(name, "query") == 0 || (strcmp(name, "client") == 0 && is_list))) {
        return false; /* what others do, and how long it takes */
    }
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        if (strcmp(name, NAMES[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool
has_row(const struct acl_request *request)
{
    for (size_t i = 0; i < request->nkeys; i++) {
        const struct acl_range *range = &request->keys[i];
        for (size_t at = range->first; at <= range->last; at += range->step) {
            if (catalog_by_row(request->catalog, request->args[at])) {
                return true;
            }
        }
    }
    return false;
}

/* `__keyevent@0__:hset`, or a pattern that may be one: a shard may tell there of rows. */
static bool
hears_of_keys(const struct acl_request *request)
{
    for (size_t i = 0; i < request->nchannels; i++) {
        const struct acl_range *range = &request->channels[i];
        for (size_t at = range->first; at <= range->last; at += range->step) {
            struct slice name = request->args[at];
            bool may_be = name.len && request->channels_are_patterns &&
                          memchr("_*?[\\", name.ptr[0], 5) != NULL;
            if (may_be || slice_starts_with(name, slice_lit("__key"))) {
                return true;
            }
        }
    }
    return false;
}

/*
 * Whether an answer may depend on how many rows there are: of what the user names only keys that
 * are no rows are sure not to, and what is in this list. SORT's patterns lead anywhere.
 */
static bool
may_tell_of_rows(const struct call *call, const struct described *described)
{
    const struct acl_request *request = &described->request;
    if (has_row(request) || hears_of_keys(request) || request->pattern_option.len) {
        return true;
    }
    if (call->command) {
        return !is_without_rows(call) && request->nkeys == 0;
    }
    return request->nkeys == 0 && !(call->spec->flags & COMMAND_PUBSUB) &&
           !(request->categories & ACL_CONNECTION);
}

/* A query's small counts are held back where it is answered. */
static bool
floor_check(const struct call *call, const struct acl_user *user, const struct described *described,
            struct error *err)
{
    int64_t floor = acl_user_suppress_below(user);
    return floor == 0 || !may_tell_of_rows(call, described) ||
           error_set(err, "NOPERM", "counts below %lld are to be kept from this user",
                     (long long) floor);
}

/* What the user's rules say of a call. */
static bool
rules_check(const struct call *call, const struct acl_user *user, bool log, struct error *err)
{
    struct described described;
    if (acl_user_is_unrestricted(user) || is_for_all(call)) {
        return true;
    }
    bool ok = call_describe(call, &described, err) &&
              request_check(call, user, &described, log, err) &&
              floor_check(call, user, &described, err);
    described_fini(&described);
    return ok;
}

bool
access_would_allow(const struct call *call, const struct acl_user *user, struct error *err)
{
    return rules_check(call, user, false, err);
}

bool
access_check(const struct call *call, struct error *err)
{
    const struct access *access = client_access(call->client);
    if (access_is_required(access, call->services)) {
        return is_for_all(call) || error_set(err, "NOAUTH", "Authentication required.");
    }
    return rules_check(call, access->user, true, err);
}

bool
access_check_again(struct client *client, const struct slice *args, size_t nargs, struct error *err)
{
    struct call call = {
        .services = client_services(client), .client = client, .args = args, .nargs = nargs};
    command_resolve(&call);
    if (!call.command && !call.spec) {
        return error_set(err, "NOPERM", "no shard knows this command any more");
    }
    return access_check(&call, err);
}

/* -- changes of users -------------------------------------------------------------------------- */

static bool
spec_has_subcommand(const struct command_spec *spec, struct slice full_name)
{
    for (size_t i = 0; i < spec->nsubcommands; i++) {
        if (slice_equal_nocase(spec->subcommands[i].name, full_name)) {
            return true;
        }
    }
    return false;
}

/* `config|set` of our own, or a shard's `object|encoding`. Before a shard has told its commands any
 * name that is not ours may be one. */
static bool
is_command(void *arg, struct slice name)
{
    const struct command_index *index = services_commands(arg);
    const struct command *parent;
    const char *bar = name.len ? memchr(name.ptr, '|', name.len) : NULL;
    struct slice first = slice_of(name.ptr, bar ? (size_t) (bar - name.ptr) : name.len);
    const struct command_entry *entry = command_index_find(index, first);
    if (!entry) {
        return command_index_table(index) == NULL;
    }
    return !bar || command_find(name, NULL, &parent) ||
           (entry->spec && spec_has_subcommand(entry->spec, name)) ||
           (slice_equal_nocase(slice_of(bar + 1, name.len - first.len - 1), slice_lit("help")) &&
            entry->own && entry->own->subcommands);
}

struct acl_names
access_names(struct services *services)
{
    return (struct acl_names){is_command, services};
}

void
access_check_names(struct services *services)
{
    const struct acl_names names = access_names(services);
    for (size_t i = 0; i < acl_count(services->acl); i++) {
        const struct acl_user *user = acl_at(services->acl, i);
        struct slice unknown = acl_user_unknown_command(user, &names);
        if (unknown.len) {
            log_write(services->log, LOG_WARNING,
                      "user %.*s: a rule names the command '%.*s', which there is not",
                      SLICE_ARG(acl_user_name(user)), SLICE_ARG(unknown));
        }
    }
}

/* -- protected mode ---------------------------------------------------------------------------- */

static bool
is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strncmp(address, "[::1]", 5) == 0 ||
           strncmp(address, "[::ffff:127.", 12) == 0;
}

bool
access_admits(const struct services *services, const char *address, bool is_unix, struct slice *why)
{
    static const char WHY[] =
        "-DENIED Quipu is running in protected mode: it is enabled, and the user default has no "
        "password. So only connections from the loopback interface are served. To connect from "
        "other machines, do one of these: 1) set a password, with the directive 'requirepass' or, "
        "from loopback, by 'CONFIG SET requirepass'; 2) name users with 'user' or 'aclfile' and "
        "switch the user default off; 3) disable protected mode, with 'protected-mode no' in the "
        "configuration, '--protected-mode no' on the command line or, from loopback, 'CONFIG SET "
        "protected-mode no', if you are sure that nobody else can reach this port.\r\n";
    *why = slice_lit(WHY);
    return is_unix || !services->config->protected_mode ||
           !acl_user_is_open(acl_default(services->acl)) || is_loopback(address);
}
