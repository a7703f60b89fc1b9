/*
 * Who a client is, and whether that user may do what is asked for. in: a user and an action; out:
 * yes, or -NOPERM and the refusal for ACL LOG.
 *
 *     ann, +@read ~a:*    GET a:1     -> yes
 *     ann, +@read ~a:*    GET b:1     -> NOPERM ... one of the keys, refusal {key, "b:1"}
 *
 * server/access/acl_check.c decides by the user's rules; this file words the answer, and adds what
 * suppress-below asks for.
 */
#include "server/access/access.h"

#include <string.h>

/* -- users from the configuration -------------------------------------------------------------- */

bool
access_load_users(struct acl *acl, const struct config *config, struct error *err)
{
    for (const struct config_user *user = config->users; user; user = user->next) {
        struct error cause = {0};
        /* The shards, which know their commands, are not connected yet. */
        if (!acl_set(acl, user->name, user->rules, user->nrules, NULL, &cause)) {
            return error_set(err, "ERR", "user %.*s: %s", SLICE_ARG(user->name), cause.message);
        }
    }
    if (config->requirepass.is_set) {
        acl_set_default_password(acl, &config->requirepass.hash);
    }
    return !config->aclfile[0] || acl_load_file(acl, config->aclfile, NULL, err);
}

void
access_apply_password(struct acl *acl, const struct config *config)
{
    const struct config_password *password = &config->requirepass;
    acl_set_default_password(acl, password->is_set ? &password->hash : NULL);
}

/* -- a client's user --------------------------------------------------------------------------- */

void
access_init(struct access *access, const struct acl *acl)
{
    struct acl_user *user = acl_default(acl);
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
access_assign(struct access *access, const struct access *from)
{
    struct acl_user *before = access->user;
    *access = *from;
    (void) acl_user_hold(access->user);
    acl_user_release(before);
}

void
access_reset(struct access *access, const struct acl *acl)
{
    access_fini(access);
    access_init(access, acl);
}

bool
access_login(struct access *access, const struct acl *acl, struct slice name, struct slice password,
             struct error *err)
{
    struct acl_user *user = acl_login(acl, name, password);
    if (!user) {
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
access_is_required(const struct access *access, const struct acl *acl)
{
    return !access->is_authenticated && !acl_user_is_open(acl_default(acl));
}

/* -- the check --------------------------------------------------------------------------------- */

void
access_action_print_name(const struct access_action *action, struct strbuf *out)
{
    strbuf_append(out, action->name);
    strbuf_append_str(out, action->sub.len ? "|" : "");
    strbuf_append(out, action->sub);
}

/* Uses Redis' words, where Redis knows the case. */
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

/* Checks the user's rules. */
static bool
rules_check(const struct acl_user *user, const struct access_action *action,
            struct access_refusal *refusal, struct error *err)
{
    struct slice object;
    enum acl_verdict verdict = acl_user_check(user, action, &object);
    if (verdict == ACL_ALLOWED) {
        return true;
    }
    struct strbuf name;
    strbuf_init(&name);
    access_action_print_name(action, &name);
    verdict_say(verdict, strbuf_slice(&name), object, err);
    strbuf_fini(&name);
    *refusal = (struct access_refusal){true, verdict_reason(verdict), object};
    return false;
}

static bool
has_row(const struct access_action *action)
{
    for (size_t i = 0; i < action->nkeys; i++) {
        const struct acl_range *range = &action->keys[i];
        for (size_t at = range->first; at <= range->last; at += range->step) {
            if (catalog_by_row(action->catalog, action->args[at])) {
                return true;
            }
        }
    }
    return false;
}

/*
 * `__keyevent@0__:hset`, or a pattern that may match such a channel: a shard may report rows there.
 */
static bool
hears_of_keys(const struct access_action *action)
{
    for (size_t i = 0; i < action->nchannels; i++) {
        const struct acl_range *range = &action->channels[i];
        for (size_t at = range->first; at <= range->last; at += range->step) {
            struct slice name = action->args[at];
            bool may_be = name.len && action->channels_are_patterns &&
                          memchr("_*?[\\", name.ptr[0], 5) != NULL;
            if (may_be || slice_starts_with(name, slice_lit("__key"))) {
                return true;
            }
        }
    }
    return false;
}

/*
 * True: an answer may depend on how many rows there are. It cannot where the action says so itself,
 * or names keys and none of them is a row. SORT's patterns lead anywhere.
 */
static bool
may_tell_of_rows(const struct access_action *action)
{
    return has_row(action) || hears_of_keys(action) || action->pattern_option.len ||
           (!action->tells_no_rows && action->nkeys == 0);
}

/* A query's small counts are held back later, where the query is answered. */
static bool
floor_check(const struct acl_user *user, const struct access_action *action, struct error *err)
{
    int64_t floor = acl_user_suppress_below(user);
    return floor == 0 || !may_tell_of_rows(action) ||
           error_set(err, "NOPERM", "counts below %lld are to be kept from this user",
                     (long long) floor);
}

bool
access_check(const struct acl_user *user, const struct access_action *action,
             struct access_refusal *refusal, struct error *err)
{
    *refusal = (struct access_refusal){.is_noted = false};
    return rules_check(user, action, refusal, err) && floor_check(user, action, err);
}

/* -- names in rules ---------------------------------------------------------------------------- */

static bool
is_command(const void *arg, struct slice name)
{
    return command_index_has(arg, name);
}

struct acl_names
access_names(const struct command_index *commands)
{
    return (struct acl_names){is_command, commands};
}

void
access_check_names(const struct acl *acl, const struct command_index *commands,
                   const struct log *log)
{
    const struct acl_names names = access_names(commands);
    for (size_t i = 0; i < acl_count(acl); i++) {
        const struct acl_user *user = acl_at(acl, i);
        struct slice unknown = acl_user_unknown_command(user, &names);
        if (unknown.len) {
            log_write(log, LOG_WARNING,
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
access_admits(const struct acl *acl, const struct config *config, const char *address, bool is_unix,
              struct slice *why)
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
    return is_unix || !config->protected_mode || !acl_user_is_open(acl_default(acl)) ||
           is_loopback(address);
}
