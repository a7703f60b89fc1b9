/*
 * What stands behind QUERY. Here LIST and KILL: show the queries that run, and end one.
 * in: QUERY LIST; out: a map for each, the oldest first.
 *
 *     id 7, client-id 3, client-addr 127.0.0.1:40112, user default, age-ms 812, state counting,
 *     partitions-done 12, partitions 64, query "count value_1 from current"
 *
 * server/commands/command_query.c has QUERY "count ..." itself: no query begins with AFTER, LIST,
 * KILL, COMPLETE, SAVE, SAVED, FORGET or HELP.
 */
#include <stdlib.h>

#include "executor/query.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/commands/command_complete.h"
#include "server/commands/command_families.h"
#include "server/commands/command_run.h"
#include "server/commands/command_saved.h"
#include "server/commands/query_call.h"
#include "server/table/services.h"

static void
status_write(struct resp_writer *out, const struct query_status *status)
{
    struct client *client = request_owner(status->arg);
    resp_write_map(out, 9);
    resp_write_bulk_str(out, "id");
    resp_write_int(out, (int64_t) status->id);
    resp_write_bulk_str(out, "client-id");
    resp_write_int(out, (int64_t) client_id(client));
    resp_write_bulk_str(out, "client-addr");
    resp_write_bulk_str(out, client_address(client));
    resp_write_bulk_str(out, "user");
    resp_write_bulk(out, acl_user_name(client_access(client)->user));
    resp_write_bulk_str(out, "age-ms");
    resp_write_int(out, status->age_ms);
    resp_write_bulk_str(out, "state");
    resp_write_bulk_str(out, status->state);
    resp_write_bulk_str(out, "partitions-done");
    resp_write_int(out, (int64_t) status->ndone);
    resp_write_bulk_str(out, "partitions");
    resp_write_int(out, (int64_t) status->npartitions);
    resp_write_bulk_str(out, "query");
    resp_write_bulk(out, status->text);
}

static enum command_outcome
list_run(struct call *call)
{
    size_t n;
    struct query_status *list = query_list(call->services->executor, &n);
    resp_write_array(call->out, n);
    for (size_t i = 0; i < n; i++) {
        status_write(call->out, &list[i]);
    }
    free(list);
    return COMMAND_REPLIED;
}

static enum command_outcome
kill_run(struct call *call)
{
    int64_t id;
    struct error why = {0};
    if (!slice_to_int64(call->args[2], &id) || id < 1) {
        resp_write_err(call->out, "query id should be greater than 0");
        return COMMAND_REPLIED;
    }
    (void) error_set(&why, "KILLED", "query %lld was ended by QUERY KILL", (long long) id);
    if (query_kill(call->services->executor, (uint64_t) id, &why)) {
        resp_write_ok(call->out);
    } else {
        resp_write_err(call->out, "No such query");
    }
    return COMMAND_REPLIED;
}

static const struct command COMMANDS[] = {
    {.name = "after",
     .arity = 4,
     .class = REQUEST_QUERY,
     .run = query_call_run,
     .op = FORM_BEHIND_ROW,
     .is_query = true,
     .is_without_rows = true,
     .asks = query_call_asks,
     .is_for_last_moments = true,
     .arguments = "row text",
     .summary = "Runs a ROWS over the rows whose names are behind this one"},
    {.name = "list",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = list_run,
     .summary = "The queries that run, whose they are and how far they are"},
    {.name = "kill",
     .arity = 3,
     .class = REQUEST_LOCAL,
     .run = kill_run,
     .arguments = "id",
     .summary = "Ends one; its client gets an error"},
    {.name = "complete",
     .arity = 4,
     .class = REQUEST_QUERY,
     .run = command_complete_run,
     .is_without_rows = true,
     .arguments = "text cursor",
     .summary = "What may stand at a place in a text, and where the text before it goes wrong"},
    {.name = "save",
     .arity = 4,
     .class = REQUEST_ALONE,
     .run = command_saved_save_run,
     .is_without_rows = true,
     .arguments = "name text",
     .summary = "Keeps a query under a name, for the user who saves it"},
    {.name = "saved",
     .arity = 2,
     .class = REQUEST_QUERY,
     .run = command_saved_list_run,
     .is_without_rows = true,
     .summary = "The queries that the user has saved, by their names"},
    {.name = "forget",
     .arity = 3,
     .class = REQUEST_ALONE,
     .run = command_saved_forget_run,
     .is_without_rows = true,
     .arguments = "name",
     .summary = "Takes a saved query away; answers 1, or 0 where there was none"},
    {.name = "help",
     .arity = 2,
     .class = REQUEST_LOCAL,
     .run = command_help_run,
     .summary = "This text"},
};

struct command_family
command_running_subcommands(void)
{
    return (struct command_family){"crosstab", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
