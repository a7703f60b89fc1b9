/*
 * What is said about a dataset's fields: DATASET ALTER, LABEL, LABELS, DESCRIBE. in: words; out: a
 * change of one field or several, or what is said about all of them.
 *
 *     DATASET ALTER current FIELD colours MULTI ,          "red,blue" is two values
 *     DATASET LABEL current sex 1 Male 2 Female            sex 1 is shown as Male
 *     DATASET LABEL current sex 2 ''                       2 has no label from now on
 *     DATASET LABEL current sex                            none has
 *     DATASET LABEL current sex 'Sex asked'                the field itself is called so; '': no more
 *     DATASET LABELS current sex 1 'Sex asked' sex 4 1 Male 2 Female age 1 'Age in years'
 */
#include "server/commands/command_field.h"

#include <string.h>

#include "executor/executor.h"
#include "planner/field_definitions.h"
#include "server/client/request.h"
#include "server/commands/dataset_names.h"
#include "server/commands/reply.h"
#include "server/table/services.h"

/* With the command's own: DATASET LABEL name field; DATASET ALTER name FIELD field PLAIN. */
enum { LABEL_WORDS = 4, LABELS_WORDS = 5, ALTER_WORDS = 6 };

struct dataset_field_change *
field_change_one(struct arena *arena, struct dataset_change *change, struct slice field)
{
    struct dataset_field_change *one = arena_alloc(arena, sizeof *one);
    one->field = field;
    change->fields = one;
    change->nfields = 1;
    return one;
}

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
alter_take(const struct call *call, struct arena *arena, struct dataset_change *change,
           struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    if (!slice_equal_nocase(call->args[3], slice_lit("field"))) {
        return error_set(err, "ERR", "DATASET ALTER name takes FIELD, not %s",
                         error_quote(quoted, call->args[3]));
    }
    struct dataset_field_change *field = field_change_one(arena, change, call->args[4]);
    return reading_take(call->args + 5, call->nargs - 5, &field->edit, err);
}

/* The field's own label; or pairs of a value and its label; none: no value has one from now on. */
static bool
label_take(const struct slice *words, size_t nwords, struct arena *arena, struct field_edit *edit,
           struct error *err)
{
    if (nwords == 1) {
        *edit = (struct field_edit){.sets_label = true, .label = words[0]};
        return true;
    }
    if (nwords % 2) {
        return error_set(err, "ERR", "DATASET LABEL name field takes a label behind each value");
    }
    struct field_label *labels = arena_array(arena, nwords / 2, sizeof *labels);
    for (size_t i = 0; i < nwords / 2; i++) {
        labels[i] = (struct field_label){words[2 * i], words[2 * i + 1]};
    }
    *edit =
        (struct field_edit){.drops_labels = nwords == 0, .labels = labels, .nlabels = nwords / 2};
    return true;
}

/* Fields, each with how many words LABEL would have behind it, and these. */
static bool
labels_take(const struct call *call, struct arena *arena, struct dataset_change *change,
            struct error *err)
{
    char quoted[ERROR_QUOTE_BYTES];
    struct dataset_field_change *fields = arena_array(arena, (call->nargs - 3) / 2, sizeof *fields);
    size_t n = 0;
    for (size_t at = 3; at < call->nargs;) {
        int64_t nwords = -1;
        size_t left = call->nargs - at - 1;
        if (left == 0 || !slice_to_int64(call->args[at + 1], &nwords) || nwords < 0 ||
            (uint64_t) nwords > left - 1) {
            return error_set(err, "ERR",
                             "DATASET LABELS name takes fields, behind each how many words follow, "
                             "and these: not so at %s",
                             error_quote(quoted, call->args[at]));
        }
        fields[n].field = call->args[at];
        if (!label_take(call->args + at + 2, (size_t) nwords, arena, &fields[n].edit, err)) {
            return false;
        }
        n++;
        at += 2 + (size_t) nwords;
    }
    change->fields = fields;
    change->nfields = n;
    return true;
}

bool
field_change_take(const struct call *call, struct arena *arena, struct dataset_change *change,
                  struct error *err)
{
    static const struct {
        const char *name;
        size_t words;
    } known[] = {{"LABEL", LABEL_WORDS}, {"LABELS", LABELS_WORDS}, {"ALTER", ALTER_WORDS}};
    size_t i = 0;
    while (i < 2 && !slice_equal_nocase(call->args[1], slice_str(known[i].name))) {
        i++;
    }
    if (call->nargs < known[i].words) { /* ACL DRYRUN, COMMAND GETKEYS: nobody has counted them */
        return error_set(err, "ERR", "DATASET %s takes more words", known[i].name);
    }
    switch (i) {
    case 0: {
        struct dataset_field_change *field = field_change_one(arena, change, call->args[3]);
        return label_take(call->args + LABEL_WORDS, call->nargs - LABEL_WORDS, arena, &field->edit,
                          err);
    }
    case 1: return labels_take(call, arena, change, err);
    default: return alter_take(call, arena, change, err);
    }
}

static void
field_write(struct resp_writer *out, const struct field_definition *field)
{
    resp_write_map(out, field->label.ptr ? 5 : 4);
    resp_write_bulk_str(out, "field");
    resp_write_bulk(out, field->name);
    if (field->label.ptr) {
        resp_write_bulk_str(out, "label");
        resp_write_bulk(out, field->label);
    }
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
    struct error unknown = {"", ""};
    char quoted[ERROR_QUOTE_BYTES];
    (void) err; /* a shard that is down hides the latest changes alone */
    const struct dataset *dataset = catalog_by_name(work->services->catalog, work->name);
    bool is_known = executor_datasets_are_known(work->services->executor, &unknown) &&
                    (dataset || error_set(&unknown, "NODATASET", "there is no dataset %s",
                                          error_quote(quoted, work->name)));
    if (is_known) {
        size_t n = dataset->fields ? dataset->fields->n : 0;
        resp_write_array(out, n);
        for (size_t i = 0; i < n; i++) {
            field_write(out, &dataset->fields->items[i]);
        }
    }
    dataset_names_finish(work->request, is_known ? NULL : &unknown);
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
