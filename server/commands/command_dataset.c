/*
 * The command DATASET: makes, drops, aliases, describes, checks and mends datasets. in: words
 * behind DATASET; out: dataset_change_start or admin_start, then their replies.
 *
 *     DATASET CREATE w47 PREFIX profile_ PARTITIONS 64     +OK, when every shard knows it
 *     DATASET ALIAS current w47                            +OK, when `current` means w47
 *     DATASET DROP w46                                     +OK, when w46 means nothing any more
 *     DATASET INFO current                                 name, prefix, ... rows
 *     DATASET ALTER current FIELD colours MULTI ,          "red,blue" is two values
 *     DATASET LABEL current sex 1 Male 2 Female            what values are called in tables
 *     DATASET LABELS current sex 4 1 Male 2 Female ...     several of these in one step
 *     DATASET DESCRIBE current                             all that is said about its fields
 *     DATASET VERSION current                              another number after each change
 */
#include "base/number.h"
#include "base/slot.h"
#include "executor/datasets/admin.h"
#include "executor/datasets/dataset_change.h"
#include "executor/executor.h"
#include "planner/catalog.h"
#include "planner/field_definitions.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/commands/command_families.h"
#include "server/commands/command_field.h"
#include "server/commands/command_version.h"
#include "server/commands/dataset_names.h"
#include "server/commands/reply.h"
#include "server/config/config.h"
#include "server/table/services.h"

/* -- changes ----------------------------------------------------------------------------------- */

static void
on_changed(void *arg, const struct error *err)
{
    struct request *request = arg;
    if (!err) {
        resp_write_simple(request_writer(request), slice_lit("OK"));
    }
    dataset_names_finish(request, err);
}

/* One option of CREATE and its value. */
static bool
option_take(struct slice name, struct slice value, struct dataset_change *change, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    int64_t n;
    if (slice_equal_nocase(name, slice_lit("prefix"))) {
        change->prefix = value;
        return true;
    }
    if (slice_equal_nocase(name, slice_lit("partitions"))) {
        if (!slice_to_int64(value, &n) || n < 1 || n > CLUSTER_SLOTS) {
            return error_set(err, "ERR", "PARTITIONS takes a number from 1 to 16384, not %s",
                             error_quote(quoted, value));
        }
        change->npartitions = (unsigned) n;
        return true;
    }
    if (slice_equal_nocase(name, slice_lit("method"))) {
        return dataset_method_parse(value, &change->method) ||
               error_set(err, "ERR", "METHOD takes auto, sets or columns, not %s",
                         error_quote(quoted, value));
    }
    return error_set(err, "ERR",
                     "DATASET CREATE name takes PREFIX, PARTITIONS, METHOD and MULTI, not %s",
                     error_quote(quoted, name));
}

static bool
create_take(const struct call *call, struct arena *arena, struct dataset_change *change,
            struct error *err)
{
    const struct config *config = call->services->config;
    char quoted[ERROR_QUOTE_BYTES];
    change->npartitions = (unsigned) config->partitions;
    change->method = (enum dataset_method) config->method;
    for (size_t i = 3; i < call->nargs; i += 2) {
        if (i + 1 == call->nargs) {
            return error_set(err, "ERR", "%s needs a value", error_quote(quoted, call->args[i]));
        }
        if (slice_equal_nocase(call->args[i], slice_lit("multi"))) {
            if (change->nfields || i + 2 == call->nargs) {
                return error_set(err, "ERR", "DATASET CREATE takes one MULTI field separator");
            }
            field_change_one(arena, change, call->args[i + 1])->edit =
                (struct field_edit){.sets_reading = true, .separator = call->args[i + 2]};
            if (!field_separator_check(call->args[i + 2], err)) {
                return false;
            }
            i++;
            continue;
        }
        if (!option_take(call->args[i], call->args[i + 1], change, err)) {
            return false;
        }
    }
    return change->prefix.len ||
           error_set(err, "ERR", "DATASET CREATE name PREFIX p: what do its row keys begin with?");
}

/* Reads the single word that may follow the others. */
static bool
word_take(const struct call *call, size_t at, const char *word, bool *is_there)
{
    *is_there = call->nargs == at + 1 && slice_equal_nocase(call->args[at], slice_str(word));
    return *is_there || call->nargs == at;
}

static enum command_outcome change_run(struct call *call);

/*
 * Reads the change that a DATASET command asks for; borrows the call's words. False: it changes
 * nothing; if the words are wrong, err says so in ERR's words.
 */
static bool
change_take(const struct call *call, struct arena *arena, struct dataset_change *change,
            struct error *err)
{
    if (call->command->run != change_run || call->nargs < 3) {
        return false;
    }
    *change = (struct dataset_change){.op = (enum dataset_change_op) call->command->op,
                                      .name = call->args[2]};
    switch (change->op) {
    case CHANGE_CREATE: return create_take(call, arena, change, err);
    case CHANGE_DROP:
        return word_take(call, 3, "keeprows", &change->keeps_rows) ||
               error_set(err, "ERR", "DATASET DROP takes a dataset and perhaps KEEPROWS");
    case CHANGE_ALIAS:
        change->target = call->nargs > 3 ? call->args[3] : slice_lit("");
        return word_take(call, 4, "rows", &change->takes_rows) ||
               error_set(err, "ERR", "DATASET ALIAS takes an alias, a dataset and perhaps ROWS");
    case CHANGE_FIELD: return field_change_take(call, arena, change, err);
    case CHANGE_UNALIAS:
    case CHANGE_REINDEX: return true;
    }
    return false;
}

static enum command_outcome
change_run(struct call *call)
{
    struct dataset_change change;
    struct error err = {0};
    struct arena *arena = arena_new();
    bool ok = change_take(call, arena, &change, &err);
    if (ok) { /* it copies everything */
        dataset_change_start(executor_datasets(call->services->executor), &change, on_changed,
                             call->request);
    } else {
        resp_write_error(call->out, &err);
    }
    arena_free(arena);
    return ok ? COMMAND_RUNS : COMMAND_REPLIED;
}

/* -- questions --------------------------------------------------------------------------------- */

static enum command_outcome
pairs_run(struct call *call)
{
    admin_start(executor_datasets(call->services->executor), (enum admin_op) call->command->op,
                call->args[2], reply_admin_done, call->request);
    return COMMAND_RUNS;
}

static void
aliases_write(struct resp_writer *out, const struct catalog *catalog, struct slice dataset)
{
    size_t n = 0;
    for (size_t i = 0; i < catalog_naliases(catalog); i++) {
        n += slice_equal(catalog_alias_at(catalog, i).dataset, dataset);
    }
    resp_write_array(out, n);
    for (size_t i = 0; i < catalog_naliases(catalog); i++) {
        struct catalog_alias alias = catalog_alias_at(catalog, i);
        if (slice_equal(alias.dataset, dataset)) {
            resp_write_bulk(out, alias.name);
        }
    }
}

/* Lists the datasets that the user may know. */
static void
list_write(struct resp_writer *out, const struct catalog *catalog, const struct acl_user *user)
{
    size_t n = 0;
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        n += acl_user_sees(user, catalog, catalog_at(catalog, i));
    }
    resp_write_array(out, n);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct dataset *dataset = catalog_at(catalog, i);
        if (!acl_user_sees(user, catalog, dataset)) {
            continue;
        }
        resp_write_map(out, 4);
        resp_write_bulk_str(out, "name");
        resp_write_bulk(out, dataset->name);
        resp_write_bulk_str(out, "prefix");
        resp_write_bulk(out, dataset->prefix);
        resp_write_bulk_str(out, "state");
        resp_write_bulk_str(out, dataset_state_name(dataset->state));
        resp_write_bulk_str(out, "aliases");
        aliases_write(out, catalog, dataset->name);
    }
}

struct list_work {
    struct request *request;
    struct services *services;
};

/* A shard that is down hides the latest changes, not the datasets that there are. */
static void
on_fresh(void *arg, const struct error *err)
{
    struct list_work *work = arg;
    struct error unknown = {0};
    (void) err;
    if (executor_datasets_are_known(work->services->executor, &unknown)) {
        struct client *client = request_owner(work->request);
        list_write(request_writer(work->request), work->services->catalog,
                   client_access(client)->user);
    } else {
        resp_write_error(request_writer(work->request), &unknown);
    }
    request_done(work->request);
}

static enum command_outcome
list_run(struct call *call)
{
    struct list_work *work = request_work(call->request, sizeof *work);
    *work = (struct list_work){call->request, call->services};
    definitions_refresh(executor_datasets(call->services->executor), on_fresh, work);
    return COMMAND_RUNS;
}

/* -- what it asks for -------------------------------------------------------------------------- */

/* Adds all keys that begin with a prefix: `profile_`, or, with a name, `w47:profile_`. */
static void
prefix_add(struct access_action *action, struct arena *arena, struct slice name,
           struct slice prefix)
{
    enum { MOST = 2 };
    struct acl_prefix *prefixes = arena_array(arena, MOST, sizeof *prefixes);
    for (size_t i = 0; i < action->nprefixes; i++) {
        prefixes[i] = action->prefixes[i];
    }
    struct slice text =
        name.len ? arena_printf(arena, "%.*s:%.*s", SLICE_ARG(name), SLICE_ARG(prefix)) : prefix;
    prefixes[action->nprefixes++] = (struct acl_prefix){text, ACL_KEY_READ | ACL_KEY_WRITE};
    action->prefixes = prefixes;
}

static void
dataset_add(struct access_action *action, struct arena *arena, struct slice name)
{
    struct slice *dataset = arena_alloc(arena, sizeof *dataset);
    *dataset = name;
    action->datasets = dataset;
    action->ndatasets = 1;
}

/*
 * Adds the keys that a change gives to a dataset, or takes with it. A user who may not read and
 * write all of them may not have them counted, dropped, or led to another dataset. If the dataset
 * is not known here, these are all keys.
 */
static void
change_keys_describe(const struct catalog *catalog, const struct dataset_change *change,
                     struct access_action *action, struct arena *arena)
{
    const struct slice none = slice_lit("");
    const struct dataset *dataset;
    switch (change->op) {
    case CHANGE_CREATE:
        prefix_add(action, arena, none, change->prefix);
        for (size_t i = 0; i < catalog_count(catalog); i++) {
            if (slice_equal(catalog_at(catalog, i)->prefix, change->prefix)) { /* a version */
                prefix_add(action, arena, change->name, change->prefix);
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
            prefix_add(action, arena, none, dataset ? dataset->prefix : none);
        }
        if (dataset && dataset->has_own_rows) {
            prefix_add(action, arena, dataset->name, dataset->prefix);
        }
        return;
    case CHANGE_ALIAS: /* plain keys may follow it, also without ROWS */
        dataset = catalog_own_name(catalog, change->target);
        prefix_add(action, arena, none, dataset ? dataset->prefix : none);
        return;
    case CHANGE_UNALIAS:
    case CHANGE_FIELD:
    case CHANGE_REINDEX: return;
    }
}

static void
change_describe(const struct catalog *catalog, const struct dataset_change *change,
                struct access_action *action, struct arena *arena)
{
    switch (change->op) {
    case CHANGE_CREATE:
    case CHANGE_UNALIAS: action->given_name = change->name; break;
    case CHANGE_ALIAS:
        action->given_name = change->name;
        dataset_add(action, arena, change->target);
        break;
    case CHANGE_DROP:
    case CHANGE_FIELD:
    case CHANGE_REINDEX: dataset_add(action, arena, change->name); break;
    }
    change_keys_describe(catalog, change, action, arena);
}

static bool
dataset_asks(const struct call *call, struct access_action *action, struct arena *arena,
             struct error *err)
{
    (void) err;
    struct dataset_change change;
    struct error wrong = {0}; /* wrong words change nothing; the error comes when it runs */
    if (change_take(call, arena, &change, &wrong)) {
        change_describe(call->services->catalog, &change, action, arena);
    } else if (call->nargs > 2) {
        dataset_add(action, arena, call->args[2]);
    }
    return true;
}

/* -- the table --------------------------------------------------------------------------------- */

static const struct command COMMANDS[] = {
    {.name = "list",
     .arity = 2,
     .class = REQUEST_QUERY,
     .run = list_run,
     .is_without_rows = true,
     .asks = dataset_asks,
     .summary = "The datasets, with their prefixes, states and aliases"},
    {.name = "info",
     .arity = 3,
     .class = REQUEST_QUERY,
     .run = pairs_run,
     .op = ADMIN_DATASET_INFO,
     .asks = dataset_asks,
     .arguments = "name",
     .summary = "What a dataset is, how far work on it is, and how many rows it has"},
    {.name = "create",
     .arity = -3,
     .class = REQUEST_ALONE,
     .run = change_run,
     .op = CHANGE_CREATE,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "name PREFIX p [PARTITIONS n] [METHOD auto|sets|columns] [MULTI field sep]",
     .summary = "Makes a dataset"},
    {.name = "alter",
     .arity = -6,
     .class = REQUEST_ALONE,
     .run = change_run,
     .op = CHANGE_FIELD,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "name FIELD field MULTI sep | EPOCH s|ms | PLAIN",
     .summary = "Says how a field's values are read"},
    {.name = "label",
     .arity = -4,
     .class = REQUEST_ALONE,
     .run = change_run,
     .op = CHANGE_FIELD,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "name field [label | value label ...]",
     .summary =
         "Says what a field or its values are called; without any, takes labels of values away"},
    {.name = "labels",
     .arity = -5,
     .class = REQUEST_ALONE,
     .run = change_run,
     .op = CHANGE_FIELD,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "name field n word ... [field n word ...]",
     .summary = "What LABEL says of several fields, each with its n words, in one step"},
    {.name = "describe",
     .arity = 3,
     .class = REQUEST_QUERY,
     .run = field_describe_run,
     .is_without_rows = true,
     .asks = dataset_asks,
     .arguments = "name",
     .summary = "What is said about a dataset's fields: how they are read, their labels"},
    {.name = "version",
     .arity = 3,
     .class = REQUEST_QUERY,
     .run = version_run,
     .is_without_rows = true,
     .asks = dataset_asks,
     .arguments = "name",
     .summary = "A number that is another one after each change of the dataset"},
    {.name = "drop",
     .arity = -3,
     .class = REQUEST_ALONE,
     .run = change_run,
     .op = CHANGE_DROP,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "name [KEEPROWS]",
     .summary = "Drops a dataset with its rows, or, by columns, without them"},
    {.name = "alias",
     .arity = -4,
     .class = REQUEST_ALONE,
     .run = change_run,
     .op = CHANGE_ALIAS,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "alias name [ROWS]",
     .summary = "Lets a name mean a dataset, in one step"},
    {.name = "unalias",
     .arity = 3,
     .class = REQUEST_ALONE,
     .run = change_run,
     .op = CHANGE_UNALIAS,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "alias",
     .summary = "Takes an alias away"},
    {.name = "verify",
     .arity = 3,
     .class = REQUEST_QUERY,
     .run = pairs_run,
     .op = ADMIN_DATASET_VERIFY,
     .asks = dataset_asks,
     .arguments = "name",
     .summary = "Holds rows and index entries against each other"},
    {.name = "repair",
     .arity = 3,
     .class = REQUEST_QUERY,
     .run = pairs_run,
     .op = ADMIN_DATASET_REPAIR,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "name",
     .summary = "Does the same, and mends the index where they differ"},
    {.name = "reindex",
     .arity = 3,
     .class = REQUEST_ALONE,
     .run = change_run,
     .op = CHANGE_REINDEX,
     .writes = true,
     .asks = dataset_asks,
     .arguments = "name",
     .summary = "Makes the index anew from the rows"},
};

struct command_family
command_dataset_subcommands(void)
{
    return (struct command_family){"crosstab", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
