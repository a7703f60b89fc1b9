/*
 * Commands that ask for crosstabs, and for numbers about the data as a whole.
 * in: a call; out: a query (query_call.h), or admin_start and its reply.
 */
#include "executor/datasets/admin.h"
#include "executor/executor.h"
#include "server/client/client.h"
#include "server/commands/command_families.h"
#include "server/commands/query_call.h"
#include "server/commands/reply.h"
#include "server/table/services.h"

/* -- the data as a whole ----------------------------------------------------------------------- */

/* Answers with the one number of the result. */
static void
on_number_done(void *arg, const struct admin_pair *pairs, size_t npairs, const struct error *err)
{
    struct request *request = arg;
    if (!err) {
        resp_write_int(request_writer(request), npairs ? pairs[0].value : 0);
    }
    request_finish(request, err);
}

static enum command_outcome
admin_run(struct call *call, admin_done_fn *done)
{
    admin_start(executor_datasets(call->services->executor), (enum admin_op) call->command->op,
                slice_lit(""), done, call->request);
    return COMMAND_RUNS;
}

static enum command_outcome
pairs_run(struct call *call)
{
    return admin_run(call, reply_admin_done);
}

static enum command_outcome
number_run(struct call *call)
{
    return admin_run(call, on_number_done);
}

/* -- the table --------------------------------------------------------------------------------- */

static const struct command CACHE_SUBCOMMANDS[] = {
    {.name = "info",
     .arity = 2,
     .class = REQUEST_QUERY,
     .run = pairs_run,
     .op = ADMIN_CACHE_INFO,
     .summary = "Hits, misses, entries and bytes of the cached filters"},
    {.name = "clear",
     .arity = 2,
     .class = REQUEST_QUERY,
     .run = number_run,
     .op = ADMIN_CACHE_CLEAR,
     .writes = true,
     .summary = "Drops all cached filters; answers how many"},
};

#define DIMS "[field [IN [lo,hi] | {item, ...} | BY bins] [AS name], ...]"
#define REST                                                                                         \
    "FROM dataset [WHERE condition] [HAVING measure cmp number] [ORDER BY measure|name [ASC|DESC], " \
    "...] [LIMIT n [OFFSET m]] [TOTALS] [PERCENT OF ROW|COLUMN|TOTAL [WITH COUNT]] [WEIGHT BY "      \
    "field] [SUPPRESS BELOW n] [TEST CHI2 | TEST COLUMNS [LEVEL alpha]] [RESIDUALS] [CI p] [INTO "   \
    "key [EX seconds]] [FORMAT NESTED|ROWS|MAP|TABLE|MARKDOWN|JSON|CSV] [TIMEOUT ms] [NOCACHE]"
/* A query that is sent word by word: its verb is the command. */
#define VERB(verb, least, words, what)                                                             \
    {                                                                                              \
        .name = verb, .arity = -(least), .class = REQUEST_QUERY, .run = query_call_run,            \
        .op = FORM_WHOLE, .is_query = true, .is_without_rows = true, .asks = query_call_asks,      \
        .arguments = words, .summary = what                                                        \
    }
#define MEASURE(verb, of)                                                                          \
    VERB(verb, 1, of " [BY " DIMS "] " REST, "A measure of a field, by any number of dimensions")

static struct command_family
cache_subcommands(void)
{
    return (struct command_family){"crosstab", CACHE_SUBCOMMANDS,
                                   sizeof CACHE_SUBCOMMANDS / sizeof *CACHE_SUBCOMMANDS};
}

static const struct command COMMANDS[] = {
    VERB("count", 1, DIMS " " REST, "Counts rows by any number of dimensions"),
    {.name = "query",
     .arity = -2,
     .class = REQUEST_QUERY,
     .run = query_call_run,
     .op = FORM_BEHIND_VERB,
     .is_query = true,
     .is_without_rows = true,
     .asks = query_call_asks,
     .is_for_last_moments = true,
     .arguments =
         "\"text\" | AFTER row text | LIST | KILL id | COMPLETE text cursor | SAVE name text | SAVED | FORGET name",
     .summary =
         "Runs a query that is one text, byte for byte; looks at those that run; completes or keeps one",
     .subcommands = command_running_subcommands},
    VERB("explain", 1, "query", "Shows the plan of a query without running it"),
    VERB("profile", 1, "query", "Runs a query and shows where its time went"),
    MEASURE("sum", "(field)"),
    MEASURE("avg", "(field)"),
    MEASURE("min", "(field)"),
    MEASURE("max", "(field)"),
    MEASURE("median", "(field)"),
    MEASURE("stddev", "(field)"),
    MEASURE("variance", "(field)"),
    MEASURE("distinct", "(field)"),
    MEASURE("quantile", "(field, p)"),
    VERB("rows", 2, "* | field [, field ...] " REST,
         "Lists rows with their fields, in the order of a field or of their names"),
    VERB("values", 2, "field " REST, "Lists the values of a field, each with its count"),
    VERB("describe", 2, "dataset [FORMAT MAP|TABLE|JSON] [TIMEOUT ms]",
         "Describes each field of a dataset: its values, and how many rows have it"),
    {.name = "cache",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .summary = "The cached filters",
     .subcommands = cache_subcommands},
    {.name = "dataset",
     .arity = -2,
     .class = REQUEST_LOCAL,
     .summary = "The datasets",
     .subcommands = command_dataset_subcommands},
};

struct command_family
command_query_family(void)
{
    return (struct command_family){"crosstab", COMMANDS, sizeof COMMANDS / sizeof *COMMANDS};
}
