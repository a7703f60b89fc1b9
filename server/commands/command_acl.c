/*
 * The command ACL: shows and changes what users may do. in: ACL SETUSER ann on >secret +@read; out:
 * users, changed or shown, in the shapes of Redis 7.
 *
 *     ACL GETUSER ann     -> flags [on], passwords [2bb8...], commands "-@all +@read", keys "",
 *                            channels "", selectors [], quipu "dataset:current"
 */
#include <ctype.h>
#include <sys/random.h>

#include "base/clock.h"
#include "server/access/access.h"
#include "server/access/acl_log.h"
#include "server/client/client.h"
#include "server/commands/command_families.h"
#include "server/commands/command_saved.h"
#include "server/config/config.h"
#include "server/proxy/call_access.h"
#include "server/proxy/revocation.h"
#include "server/table/acl_category.h"
#include "server/table/command_index.h"
#include "server/table/services.h"

static enum command_outcome
outcome_write(struct call *call, bool ok, const struct error *err)
{
    if (ok) {
        resp_write_ok(call->out);
    } else {
        resp_write_error(call->out, err);
    }
    return COMMAND_REPLIED;
}

/* -- users ------------------------------------------------------------------------------------- */

static enum command_outcome
whoami_run(struct call *call)
{
    resp_write_bulk(call->out, acl_user_name(client_access(call->client)->user));
    return COMMAND_REPLIED;
}

static enum command_outcome
users_run(struct call *call)
{
    const struct acl *acl = call->services->acl;
    resp_write_array(call->out, acl_count(acl));
    for (size_t i = 0; i < acl_count(acl); i++) {
        resp_write_bulk(call->out, acl_user_name(acl_at(acl, i)));
    }
    return COMMAND_REPLIED;
}

/* Writes a function's text as a bulk string. */
static void
printed_write(struct resp_writer *out, const struct acl_user *user,
              void (*print)(const struct acl_user *user, struct strbuf *out))
{
    struct strbuf text;
    strbuf_init(&text);
    print(user, &text);
    resp_write_bulk(out, strbuf_slice(&text));
    strbuf_fini(&text);
}

static enum command_outcome
list_run(struct call *call)
{
    const struct acl *acl = call->services->acl;
    resp_write_array(call->out, acl_count(acl));
    for (size_t i = 0; i < acl_count(acl); i++) {
        printed_write(call->out, acl_at(acl, i), acl_user_print);
    }
    return COMMAND_REPLIED;
}

static void
flags_write(struct resp_writer *out, const struct acl_user *user)
{
    bool needs_none = acl_user_needs_no_password(user);
    resp_write_set(out, 1 + (size_t) needs_none);
    resp_write_bulk_str(out, acl_user_is_on(user) ? "on" : "off");
    if (needs_none) {
        resp_write_bulk_str(out, "nopass");
    }
}

static void
passwords_write(struct resp_writer *out, const struct acl_user *user)
{
    size_t n = acl_user_npasswords(user);
    struct strbuf text;
    strbuf_init(&text);
    resp_write_array(out, n);
    for (size_t i = 0; i < n; i++) {
        strbuf_clear(&text);
        acl_user_print_password(user, i, &text);
        resp_write_bulk(out, strbuf_slice(&text));
    }
    strbuf_fini(&text);
}

static enum command_outcome
getuser_run(struct call *call)
{
    const struct acl_user *user = acl_find(call->services->acl, call->args[2]);
    struct resp_writer *out = call->out;
    if (!user) {
        resp_write_null(out);
        return COMMAND_REPLIED;
    }
    resp_write_map(out, 7);
    resp_write_bulk_str(out, "flags");
    flags_write(out, user);
    resp_write_bulk_str(out, "passwords");
    passwords_write(out, user);
    resp_write_bulk_str(out, "commands");
    printed_write(out, user, acl_user_print_commands);
    resp_write_bulk_str(out, "keys");
    printed_write(out, user, acl_user_print_keys);
    resp_write_bulk_str(out, "channels");
    printed_write(out, user, acl_user_print_channels);
    resp_write_bulk_str(out, "selectors");
    resp_write_array(out, 0);
    resp_write_bulk_str(out, "quipu");
    printed_write(out, user, acl_user_print_quipu);
    return COMMAND_REPLIED;
}

static enum command_outcome
setuser_run(struct call *call)
{
    struct error err = {0};
    struct acl_names names = access_names(services_commands(call->services));
    struct acl *acl = call->services->acl;
    bool ok = acl_set(acl, call->args[2], call->args + 3, call->nargs - 3, &names, &err);
    (void) outcome_write(call, ok, &err);
    if (ok) {
        revocation_apply(call->services, acl_find(acl, call->args[2]), call->client);
    }
    return COMMAND_REPLIED;
}

static enum command_outcome
deluser_run(struct call *call)
{
    int64_t nremoved = 0;
    for (size_t i = 2; i < call->nargs; i++) {
        if (slice_equal(call->args[i], slice_lit("default"))) {
            resp_write_err(call->out, "The 'default' user cannot be removed");
            return COMMAND_REPLIED;
        }
    }
    for (size_t i = 2; i < call->nargs; i++) {
        if (acl_remove(call->services->acl, call->args[i])) {
            command_saved_forget_user(call->services, call->args[i]);
            nremoved++;
        }
    }
    resp_write_int(call->out, nremoved);
    revocation_apply(call->services, NULL, call->client);
    return COMMAND_REPLIED;
}

/* Redis answers what would be refused as a string, not as an error. */
static enum command_outcome
dryrun_run(struct call *call)
{
    const struct acl_user *user = acl_find(call->services->acl, call->args[2]);
    char quoted[ERROR_QUOTE_BYTES];
    struct error err = {0};
    struct call other = *call;
    other.args += 3;
    other.nargs -= 3;
    call_resolve(&other);
    if (!user) {
        resp_write_err(call->out, "User %s not found", error_quote(quoted, call->args[2]));
    } else if (!other.command && !other.spec) {
        resp_write_err(call->out, "Command %s not found", error_quote(quoted, other.args[0]));
    } else if (call_access_would_allow(&other, user, &err)) {
        resp_write_ok(call->out);
    } else {
        err.message[0] = (char) toupper((unsigned char) err.message[0]); /* as Redis has it here */
        resp_write_bulk_str(call->out, err.message);
    }
    return COMMAND_REPLIED;
}

/* -- the file ---------------------------------------------------------------------------------- */

static bool
has_file(const struct call *call, struct error *err)
{
    return call->services->config->aclfile[0] ||
           error_set(err, "ERR",
                     "This Quipu instance is not configured to use an ACL file. You may want to "
                     "specify users with the directive `user`, or name a file with `aclfile`");
}

static enum command_outcome
load_run(struct call *call)
{
    struct error err = {0};
    struct acl *acl = call->services->acl;
    struct acl_names names = access_names(services_commands(call->services));
    struct arena *arena = arena_new();
    size_t nbefore = acl_count(acl);
    struct slice *before = arena_array(arena, nbefore, sizeof *before);
    for (size_t i = 0; i < nbefore; i++) {
        before[i] = arena_copy(arena, acl_user_name(acl_at(acl, i)));
    }
    bool ok =
        has_file(call, &err) && acl_load_file(acl, call->services->config->aclfile, &names, &err);
    (void) outcome_write(call, ok, &err);
    for (size_t i = 0; i < nbefore && ok; i++) {
        if (!acl_find(acl, before[i])) {
            command_saved_forget_user(call->services, before[i]);
        }
    }
    if (ok) {
        revocation_apply(call->services, NULL, call->client);
    }
    arena_free(arena);
    return COMMAND_REPLIED;
}

static enum command_outcome
save_run(struct call *call)
{
    struct error err = {0};
    bool ok = has_file(call, &err) &&
              acl_save_file(call->services->acl, call->services->config->aclfile, &err);
    return outcome_write(call, ok, &err);
}

/* -- categories -------------------------------------------------------------------------------- */

/*
 * Counts the commands and subcommands in a category; if out is not NULL, also writes their names.
 */
static size_t
members_write(struct resp_writer *out, const struct command *parent, struct command_family family,
              uint32_t category)
{
    size_t n = 0;
    for (size_t i = 0; i < family.ncommands; i++) {
        const struct command *command = &family.commands[i];
        if (acl_category_of(parent ? parent->name : NULL, command->name) & category) {
            struct strbuf name;
            strbuf_init(&name);
            strbuf_printf(&name, "%s%s%s", parent ? parent->name : "", parent ? "|" : "",
                          command->name);
            if (out) {
                resp_write_bulk(out, strbuf_slice(&name));
            }
            strbuf_fini(&name);
            n++;
        }
        if (command->subcommands) {
            n += members_write(out, command, command->subcommands(), category);
        }
    }
    return n;
}

/* The same for the shards' commands that are not ours as well. */
static size_t
spec_members_write(struct resp_writer *out, const struct command_spec *spec, uint32_t category)
{
    size_t n = (acl_category_of_spec(spec) & category) != 0;
    if (n && out) {
        resp_write_bulk(out, spec->name);
    }
    for (size_t i = 0; i < spec->nsubcommands; i++) {
        n += spec_members_write(out, &spec->subcommands[i], category);
    }
    return n;
}

static size_t
all_members_write(struct services *services, struct resp_writer *out, uint32_t category)
{
    const struct command_index *index = services_commands(services);
    const struct command_table *table = command_index_table(index);
    size_t n = 0;
    const struct command_families *ours = command_index_families(index);
    for (size_t i = 0; i < ours->nfamilies; i++) {
        n += members_write(out, NULL, ours->families[i](), category);
    }
    for (size_t i = 0; table && i < command_table_count(table); i++) {
        const struct command_spec *spec = command_table_at(table, i);
        if (!command_index_find(index, spec->name)->own) {
            n += spec_members_write(out, spec, category);
        }
    }
    return n;
}

static enum command_outcome
cat_run(struct call *call)
{
    uint32_t category;
    char quoted[ERROR_QUOTE_BYTES];
    if (call->nargs > 3) {
        resp_write_err(call->out, "wrong number of arguments for 'acl|cat' command");
    } else if (call->nargs == 2) {
        resp_write_array(call->out, ACL_NCATEGORIES);
        for (size_t i = 0; i < ACL_NCATEGORIES; i++) {
            resp_write_bulk_str(call->out, acl_category_name(i));
        }
    } else if (acl_category_find(call->args[2], &category)) {
        resp_write_array(call->out, all_members_write(call->services, NULL, category));
        (void) all_members_write(call->services, call->out, category);
    } else {
        resp_write_err(call->out, "Unknown category %s", error_quote(quoted, call->args[2]));
    }
    return COMMAND_REPLIED;
}

/* -- LOG --------------------------------------------------------------------------------------- */

static void
entry_write(struct resp_writer *out, const struct acl_log_entry *entry)
{
    resp_write_map(out, 7);
    resp_write_bulk_str(out, "count");
    resp_write_int(out, (int64_t) entry->count);
    resp_write_bulk_str(out, "reason");
    resp_write_bulk_str(out, acl_log_reason_name(entry->reason));
    resp_write_bulk_str(out, "context");
    resp_write_bulk_str(out, "toplevel");
    resp_write_bulk_str(out, "object");
    resp_write_bulk(out, strbuf_slice(&entry->object));
    resp_write_bulk_str(out, "username");
    resp_write_bulk(out, strbuf_slice(&entry->username));
    resp_write_bulk_str(out, "age-seconds");
    resp_write_double(out, (double) (now_coarse_ms() - entry->at_ms) / 1000.0);
    resp_write_bulk_str(out, "client-info");
    resp_write_bulk(out, strbuf_slice(&entry->client));
}

static enum command_outcome
log_run(struct call *call)
{
    struct acl_log *log = call->services->acl_log;
    int64_t max = 10;
    if (call->nargs == 3 && slice_equal_nocase(call->args[2], slice_lit("reset"))) {
        acl_log_reset(log);
        resp_write_ok(call->out);
        return COMMAND_REPLIED;
    }
    if (call->nargs > 3 ||
        (call->nargs == 3 && (!slice_to_int64(call->args[2], &max) || max < 0))) {
        resp_write_err(call->out, "value is not an integer or out of range");
        return COMMAND_REPLIED;
    }
    size_t n = (uint64_t) max < log->nentries ? (size_t) max : log->nentries;
    resp_write_array(call->out, n);
    const struct acl_log_entry *entry = log->newest;
    for (size_t i = 0; i < n; i++, entry = entry->next) {
        entry_write(call->out, entry);
    }
    return COMMAND_REPLIED;
}

/* -- passwords --------------------------------------------------------------------------------- */

static enum command_outcome
genpass_run(struct call *call)
{
    enum { MAX_BITS = 4096 };
    unsigned char random[MAX_BITS / 8];
    char digits[MAX_BITS / 4 + 2];
    int64_t bits = 256;
    if (call->nargs > 3 || (call->nargs == 3 && (!slice_to_int64(call->args[2], &bits) ||
                                                 bits < 1 || bits > MAX_BITS))) {
        resp_write_err(call->out, "ACL GENPASS argument must be the number of bits for the output "
                                  "password, a positive number up to 4096");
        return COMMAND_REPLIED;
    }
    size_t ndigits = ((size_t) bits + 3) / 4, nbytes = (ndigits + 1) / 2;
    for (size_t at = 0; at < nbytes;) {
        ssize_t n = getrandom(random + at, nbytes - at, 0);
        at += n > 0 ? (size_t) n : 0;
    }
    for (size_t i = 0; i < nbytes; i++) {
        snprintf(digits + 2 * i, 3, "%02x", random[i]);
    }
    resp_write_bulk(call->out, slice_of(digits, ndigits));
    return COMMAND_REPLIED;
}

static const struct command COMMANDS[] = {
    {.name = "whoami",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = whoami_run,
     .is_without_rows = true,
     .summary = "The user of this connection"},
    {.name = "users",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = users_run,
     .is_without_rows = true,
     .summary = "The names of all users"},
    {.name = "list",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = list_run,
     .is_without_rows = true,
     .summary = "All users and their rules, as lines of an ACL file"},
    {.name = "getuser",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = getuser_run,
     .is_without_rows = true,
     .arguments = "username",
     .summary = "A user's rules"},
    {.name = "setuser",
     .arity = -3,
     .class = REQUEST_LOCAL,
     .run = setuser_run,
     .writes = true,
     .is_without_rows = true,
     .arguments = "username [rule ...]",
     .summary = "Makes a user, or changes one: all rules or none"},
    {.name = "deluser",
     .arity = -3,
     .class = REQUEST_LOCAL,
     .run = deluser_run,
     .writes = true,
     .is_without_rows = true,
     .arguments = "username [username ...]",
     .summary = "Removes users, and ends their connections"},
    {.name = "dryrun",
     .arity = -4,
     .class = REQUEST_LOCAL,
     .run = dryrun_run,
     .is_without_rows = true,
     .arguments = "username command [arg ...]",
     .summary = "Whether a user could run a command"},
    {.name = "cat",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .run = cat_run,
     .is_without_rows = true,
     .arguments = "[category]",
     .summary = "The categories, or the commands of one"},
    {.name = "load",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = load_run,
     .writes = true,
     .is_without_rows = true,
     .summary = "Reads the ACL file again"},
    {.name = "save",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = save_run,
     .writes = true,
     .is_without_rows = true,
     .summary = "Writes the ACL file"},
    {.name = "log",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .run = log_run,
     .is_without_rows = true,
     .arguments = "[count | RESET]",
     .summary = "What was refused lately"},
    {.name = "genpass",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .run = genpass_run,
     .is_without_rows = true,
     .arguments = "[bits]",
     .summary = "A random password"},
};

struct command_family
command_acl_subcommands(void)
{
    return (struct command_family){"server", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
