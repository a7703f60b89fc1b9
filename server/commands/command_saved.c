/*
 * QUERY SAVE, SAVED and FORGET: the queries that a user keeps under names. in: words; out: the catalog
 * changed, or read.
 *
 *     QUERY SAVE "by sex" "count sex from current"      +OK
 *     QUERY SAVED                                       [{name "by sex", text "count sex from current"}]
 *     QUERY FORGET "by sex"                             :1
 *
 * A user is a name: who logs in by it on another server over the same shards has the same queries.
 */
#include "server/commands/command_saved.h"
#include "executor/datasets/definitions.h"
#include "executor/datasets/saved_change.h"
#include "executor/executor.h"
#include "parser/parse.h"
#include "planner/saved_queries.h"
#include "server/access/access.h"
#include "server/client/client.h"
#include "server/table/services.h"

static struct slice
user_of(const struct call *call)
{
    return acl_user_name(client_access(call->client)->user);
}

static void
change_start(struct call *call, enum saved_change_op op, saved_change_done_fn *done)
{
    const struct saved_change change = {.op = op,
                                        .user = user_of(call),
                                        .name = call->args[2],
                                        .text = op == SAVED_PUT ? call->args[3] : slice_lit("")};
    saved_change_start(executor_datasets(call->services->executor), &change, done, call->request);
}

/* -- SAVE -------------------------------------------------------------------------------------- */

static void
on_saved(void *arg, bool was_there, const struct error *err)
{
    struct request *request = arg;
    (void) was_there;
    if (!err) {
        resp_write_ok(request_writer(request));
    }
    request_finish(request, err);
}

enum command_outcome
command_saved_save_run(struct call *call)
{
    struct arena *arena = arena_new();
    struct ast_query *query;
    struct error err = {"", ""};
    bool ok =
        query_parse(arena, call->args[3], &call->services->settings->parse_limits, &query, &err);
    arena_free(arena);
    if (!ok) {
        resp_write_error(call->out, &err);
        return COMMAND_REPLIED;
    }
    change_start(call, SAVED_PUT, on_saved);
    return COMMAND_RUNS;
}

/* -- FORGET ------------------------------------------------------------------------------------ */

static void
on_forgotten(void *arg, bool was_there, const struct error *err)
{
    struct request *request = arg;
    if (!err) {
        resp_write_int(request_writer(request), was_there);
    }
    request_finish(request, err);
}

enum command_outcome
command_saved_forget_run(struct call *call)
{
    change_start(call, SAVED_REMOVE, on_forgotten);
    return COMMAND_RUNS;
}

/* -- SAVED ------------------------------------------------------------------------------------- */

struct saved_work {
    struct request *request;
    struct services *services;
};

static void
list_write(struct resp_writer *out, const struct saved_query *first, size_t n)
{
    resp_write_array(out, n);
    for (size_t i = 0; i < n; i++) {
        resp_write_map(out, 2);
        resp_write_bulk_str(out, "name");
        resp_write_bulk(out, first[i].name);
        resp_write_bulk_str(out, "text");
        resp_write_bulk(out, first[i].text);
    }
}

/* A shard that is down hides the latest changes, not the queries that there are. */
static void
on_fresh(void *arg, const struct error *err)
{
    struct saved_work *work = arg;
    struct error unknown = {"", ""};
    (void) err;
    if (executor_datasets_are_known(work->services->executor, &unknown)) {
        struct slice user = acl_user_name(client_access(request_owner(work->request))->user);
        size_t n;
        const struct saved_query *first =
            saved_queries_of(catalog_saved(work->services->catalog), user, &n);
        bool is_cleared =
            saved_change_is_clearing(executor_datasets(work->services->executor), user);
        list_write(request_writer(work->request), first, is_cleared ? 0 : n);
    } else {
        resp_write_error(request_writer(work->request), &unknown);
    }
    request_done(work->request);
}

enum command_outcome
command_saved_list_run(struct call *call)
{
    struct saved_work *work = request_work(call->request, sizeof *work);
    *work = (struct saved_work){call->request, call->services};
    definitions_refresh(executor_datasets(call->services->executor), on_fresh, work);
    return COMMAND_RUNS;
}

/* -- users that go ----------------------------------------------------------------------------- */

void
command_saved_forget_user(struct services *services, struct slice user)
{
    const struct saved_change change = {.op = SAVED_CLEAR, .user = user};
    saved_change_start(executor_datasets(services->executor), &change, NULL, NULL);
}
