/*
 * What is said about a dataset's fields: DATASET ALTER, LABEL, DESCRIBE. in: words; out: a change of
 * one field, or what is said about all of them.
 *
 *     DATASET ALTER current FIELD colours MULTI ,          "red,blue" is two values
 *     DATASET LABEL current sex 1 Male 2 Female            sex 1 is shown as Male
 *     DATASET LABEL current sex 2 ''                       2 has no label from now on
 *     DATASET LABEL current sex                            none has
 */
#include "server/commands/command_field.h"

#include <string.h>

#include "executor/executor.h"
#include "planner/field_definitions.h"
#include "server/client/request.h"
#include "server/commands/reply.h"
#include "server/table/services.h"

/* With the command's own: DATASET LABEL name field; DATASET ALTER name FIELD field PLAIN. */
enum { LABEL_WORDS = 4, ALTER_WORDS = 6 };

/* MULTI separator, EPOCH s|ms, PLAIN: how a field's values are read. */
static bool
reading_take(const struct slice *words, size_t nwords, struct field_edit *change, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    change->sets_reading = true;
    if (nwords == 2 && slice_equal_nocase(words[0], slice_lit("multi"))) {
        change->separator = words[1];
        return field_separator_check(words[1], err);
    }
    if (nwords == 2 && slice_equal_nocase(words[0], slice_lit("epoch"))) {
        return field_reading_parse(words[1], &change->reading) ||
               error_set(err, "ERR", "EPOCH takes s or ms, not %s", error_quote(quoted, words[1]));
    }
    return (nwords == 1 && slice_equal_nocase(words[0], slice_lit("plain"))) ||
           error_set(err, "ERR",
                     "DATASET ALTER name FIELD field takes MULTI separator, EPOCH s|ms or PLAIN");
}

static bool
alter_take(const struct call *call, struct dataset_change *change, struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (!slice_equal_nocase(call->args[3], slice_lit("field"))) {
        return error_set(err, "ERR", "DATASET ALTER name takes FIELD, not %s",
                         error_quote(quoted, call->args[3]));
    }
    change->field = call->args[4];
    return reading_take(call->args + 5, call->nargs - 5, &change->field_change, err);
}

/* Pairs of a value and its label; none: the field has no labels from now on. */
static bool
label_take(const struct call *call, struct arena *arena, struct dataset_change *change,
           struct error *err)
{
    size_t nwords = call->nargs - 4;
    struct field_label *labels = arena_array(arena, nwords / 2, sizeof *labels);
    change->field = call->args[3];
    if (nwords % 2) {
        return error_set(err, "ERR", "DATASET LABEL name field takes a label behind each value");
    }
    for (size_t i = 0; i < nwords / 2; i++) {
        labels[i] = (struct field_label){call->args[4 + 2 * i], call->args[5 + 2 * i]};
    }
    change->field_change =
        (struct field_edit){.drops_labels = nwords == 0, .labels = labels, .nlabels = nwords / 2};
    return true;
}

bool
field_change_take(const struct call *call, struct arena *arena, struct dataset_change *change,
                  struct error *err)
{
    bool is_label = slice_equal_nocase(call->args[1], slice_lit("label"));
    size_t least = is_label ? LABEL_WORDS : ALTER_WORDS;
    if (call->nargs < least) { /* ACL DRYRUN, COMMAND GETKEYS: nobody has counted them */
        return error_set(err, "ERR", "DATASET %s takes more words", is_label ? "LABEL" : "ALTER");
    }
    return is_label ? label_take(call, arena, change, err) : alter_take(call, change, err);
}

static void
field_write(struct resp_writer *out, const struct field_definition *field)
{
    resp_write_map(out, 4);
    resp_write_bulk_str(out, "field");
    resp_write_bulk(out, field->name);
    resp_write_bulk_str(out, "multi");
    if (field->separator.ptr) {
        resp_write_bulk(out, field->separator);
    } else {
        resp_write_null(out);
    }
    resp_write_bulk_str(out, "epoch");
    if (field->reading != READ_AS_IS) {
        resp_write_bulk_str(out, field_reading_name(field->reading));
    } else {
        resp_write_null(out);
    }
    resp_write_bulk_str(out, "labels");
    resp_write_map(out, field->nlabels);
    for (size_t i = 0; i < field->nlabels; i++) {
        resp_write_bulk(out, field->labels[i].value);
        resp_write_bulk(out, field->labels[i].label);
    }
}

struct describe_work {
    struct request *request;
    struct services *services;
    struct slice name; /* the work's own */
};

static void
on_described(void *arg, const struct error *err)
{
    struct describe_work *work = arg;
    struct resp_writer *out = request_writer(work->request);
    struct error unknown = {0};
    char quoted[ERROR_QUOTE_BYTES];
    (void) err; /* a shard that is down hides the latest changes alone */
    const struct dataset *dataset = catalog_by_name(work->services->catalog, work->name);
    if (!executor_datasets_are_known(work->services->executor, &unknown)) {
        resp_write_error(out, &unknown);
    } else if (!dataset) {
        error_set(&unknown, "NODATASET", "there is no dataset %s", error_quote(quoted, work->name));
        resp_write_error(out, &unknown);
    } else {
        size_t n = dataset->fields ? dataset->fields->n : 0;
        resp_write_array(out, n);
        for (size_t i = 0; i < n; i++) {
            field_write(out, &dataset->fields->items[i]);
        }
    }
    request_done(work->request);
}

enum command_outcome
field_describe_run(struct call *call)
{
    struct slice name = call->args[2];
    struct describe_work *work = request_work(call->request, sizeof *work + name.len);
    char *own = (char *) (work + 1);
    memcpy(own, name.ptr, name.len);
    *work = (struct describe_work){call->request, call->services, slice_of(own, name.len)};
    definitions_refresh(executor_datasets(call->services->executor), on_described, work);
    return COMMAND_RUNS;
}
