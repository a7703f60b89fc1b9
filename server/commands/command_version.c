/*
 * DATASET VERSION: asks once what executor/changes watches for others. in: a dataset's name; out: a
 * number.
 *
 *     DATASET VERSION current     :1764432000000017
 *     HSET profile_7 sex f        :1
 *     DATASET VERSION current     :1764432000103118
 */
#include "server/commands/command_version.h"

#include <string.h>

#include "executor/changes.h"
#include "executor/executor.h"
#include "planner/catalog.h"
#include "server/commands/dataset_names.h"
#include "server/table/services.h"

struct version_work {
    struct request *request;
    struct services *services;
    struct slice name;
    char bytes[]; /* the name's */
};

static void
on_version(void *arg, uint64_t version, const struct error *err)
{
    const struct version_work *work = arg;
    struct error unknown = {0};
    char quoted[ERROR_QUOTE_BYTES];
    if (!err && !catalog_by_name(work->services->catalog, work->name)) {
        error_set(&unknown, "NODATASET", "there is no dataset %s", error_quote(quoted, work->name));
        err = &unknown;
    }
    if (!err) {
        resp_write_int(request_writer(work->request), (int64_t) version);
    }
    dataset_names_finish(work->request, err);
}

enum command_outcome
version_run(struct call *call)
{
    struct slice name = call->args[2];
    struct version_work *work = request_work(call->request, sizeof *work + name.len);
    work->request = call->request;
    work->services = call->services;
    work->name = slice_of(work->bytes, name.len);
    memcpy(work->bytes, name.ptr, name.len);
    changes_watch(executor_changes(call->services->executor), work->name, 0, on_version, work);
    return COMMAND_RUNS;
}
