/*
 * Describes a dataset. in: a bound DESCRIBE; out: a description, or lines for EXPLAIN and PROFILE.
 *
 *     TOTAL --all rows are counted--> LEARNING --the fields are known--> VALUES --last field--> OVER
 *                                                                        |    ^
 *                                                     too many values    v    |
 *                                                                       ROWS -+
 *
 *     count from current,   then the shards' lists of fields,   then for each field
 *     count `sex` from current,   or count from current where `sex` exists
 *
 * Where only names are wanted, none of the fields is counted. PROFILE goes the same way, by `profile count
 * ...`. So does EXPLAIN, by `explain count ...` of all rows and of one field, which counts nothing.
 *
 * The rows are counted first: a count sees to it that the index is there. From any state an error,
 * or being cancelled, leads to OVER. A callback records what came, and the next step is made when
 * the loop comes round; finish() is the only way out.
 */
#include "executor/describe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "answer/answer.h"
#include "answer/description.h"
#include "base/clock.h"
#include "base/must.h"
#include "executor/describe_fields.h"
#include "executor/describe_plan.h"
#include "executor/executor_parts.h"
#include "executor/side_count.h"
#include "parser/ast_text_parts.h"

enum describe_state {
    DESCRIBE_TOTAL,
    DESCRIBE_LEARNING,
    DESCRIBE_VALUES,
    DESCRIBE_ROWS,
    DESCRIBE_OVER
};
enum { NDESCRIBE_STATES = DESCRIBE_OVER + 1 };

static const struct {
    const char *name;
    bool may_move_to[NDESCRIBE_STATES];
} STATES[NDESCRIBE_STATES] = {
    [DESCRIBE_TOTAL] = {.name = "counting",
                        .may_move_to = {[DESCRIBE_LEARNING] = true, [DESCRIBE_OVER] = true}},
    [DESCRIBE_LEARNING] = {.name = "learning",
                           .may_move_to = {[DESCRIBE_VALUES] = true, [DESCRIBE_OVER] = true}},
    [DESCRIBE_VALUES] =
        {.name = "counting",
         .may_move_to = {[DESCRIBE_VALUES] = true, [DESCRIBE_ROWS] = true, [DESCRIBE_OVER] = true}},
    [DESCRIBE_ROWS] = {.name = "counting",
                       .may_move_to = {[DESCRIBE_VALUES] = true, [DESCRIBE_OVER] = true}},
    [DESCRIBE_OVER] = {.name = "over"},
};

struct describe {
    struct counting counting; /* first: the part that the query sees */
    struct executor *executor;
    struct arena *arena; /* the query's */
    struct method_request request;
    enum describe_state state;
    struct event *next;               /* makes the next step */
    struct describe_fields *learning; /* LEARNING */
    struct side_count count;          /* TOTAL, VALUES, ROWS */
    int64_t total;                    /* rows of the dataset */
    const struct field_size *sizes;   /* of all fields */
    size_t nsizes, at;                /* the field under way */
    struct description *description;
    struct describe_plan plan; /* EXPLAIN, PROFILE */
    int64_t step_us;           /* when the step under way began */
    method_done_fn *done;
    void *arg;
};

static void
move(struct describe *describe, enum describe_state to)
{
    assert(STATES[describe->state].may_move_to[to]);
    describe->state = to;
}

static enum ast_mode
mode_of(const struct describe *describe)
{
    return describe->request.prepared->bound->mode;
}

static int64_t
step_took_us(const struct describe *describe)
{
    return now_us() - describe->step_us;
}

/* ---- The end ---- */

static void
describe_free(struct describe *describe)
{
    move(describe, DESCRIBE_OVER);
    if (describe->learning) {
        describe_fields_cancel(describe->learning);
    }
    side_count_end(&describe->count);
    describe_plan_fini(&describe->plan);
    event_free(describe->next);
    free(describe);
}

static void
finish(struct describe *describe, const struct error *err)
{
    struct method_result result = {.description = describe->description};
    if (!err && mode_of(describe) != AST_RUN) {
        result = (struct method_result){.lines = NULL};
        result.lines = describe_plan_lines(&describe->plan, &result.nlines);
    }
    struct error told = err ? *err : (struct error){"", ""};
    method_done_fn *done = describe->done;
    void *arg = describe->arg;
    describe_free(describe); /* first: the callback may start another query */
    done(arg, err ? NULL : &result, err ? &told : NULL);
}

static void
go_on(struct describe *describe)
{
    event_active(describe->next, EV_TIMEOUT, 0);
}

/* ---- Counts ---- */

static const struct dataset *
dataset_of(const struct describe *describe)
{
    return describe->request.prepared->bound->dataset;
}

static const struct field_size *
size_under_way(const struct describe *describe)
{
    return describe->sizes ? &describe->sizes[describe->at] : NULL;
}

/* Has the field under way several values in a row? Then their counts do not add up to its rows. */
static bool
has_several(const struct describe *describe)
{
    const struct field_definition *said =
        dataset_field(dataset_of(describe), size_under_way(describe)->name);
    return said && said->separator.ptr;
}

/* All rows, the values of a field, or the rows that have it. */
static void
count_text(const struct describe *describe, struct strbuf *out)
{
    const struct field_size *field = size_under_way(describe);
    ast_text_mode(out, mode_of(describe));
    strbuf_append_str(out, "count ");
    if (describe->state == DESCRIBE_VALUES) {
        ast_text_name(out, field->name);
    }
    strbuf_append_str(out, " from ");
    ast_text_name(out, side_count_name(describe->executor, dataset_of(describe)));
    if (describe->state == DESCRIBE_ROWS) {
        strbuf_append_str(out, " where ");
        ast_text_name(out, field->name);
        strbuf_append_str(out, " exists");
    } else if (describe->state == DESCRIBE_VALUES && has_several(describe)) {
        strbuf_append_str(out, " totals");
    }
}

static bool
count_prepare(struct describe *describe, struct error *err)
{
    struct strbuf text;
    strbuf_init(&text);
    count_text(describe, &text);
    bool ok = side_count_prepare(&describe->count, describe->executor, strbuf_slice(&text),
                                 dataset_of(describe), err);
    strbuf_fini(&text);
    return ok;
}

static void on_counted(void *arg, const struct method_result *result, const struct error *err);

/* Where small counts are hidden, how many values have them must not decide anything. */
static uint64_t
most_values(const struct describe *describe)
{
    const struct method_request *request = &describe->request;
    bool is_less = request->max_cells > DESCRIBE_MAX_VALUES && request->suppress_below <= 1;
    return is_less ? DESCRIBE_MAX_VALUES : request->max_cells;
}

static void
count_start(struct describe *describe)
{
    struct error err = {"", ""};
    if (!count_prepare(describe, &err)) {
        finish(describe, &err);
        return;
    }
    struct method_request request = describe->request;
    describe->step_us = now_us();
    request.started_us = describe->step_us;
    request.max_cells = most_values(describe);
    side_count_start(&describe->count, describe->executor, &request, on_counted, describe);
}

/* ---- What came ---- */

static int64_t
one_count(const struct table *table)
{
    return table->cells.n ? cell_value(&table->cells, 0, 0) : 0;
}

/* The next field of the description, with what is known of it without a count. */
static struct described_field *
field_begin(struct describe *describe, const struct field_size *size)
{
    struct description *description = describe->description;
    struct described_field *field = &description->fields[description->nfields];
    const struct field_definition *said = dataset_field(dataset_of(describe), size->name);
    *field = (struct described_field){
        .name = size->name,
        .label =
            said && said->label.ptr ? arena_copy(describe->arena, said->label) : slice_of(NULL, 0),
        .bytes = description->suppress_below > 1 ? (struct number){.kind = NUMBER_HIDDEN}
                                                 : number_of_integer(size->bytes),
    };
    return field;
}

/* Describes the field under way, and goes on with the next one. */
static void
field_take(struct describe *describe, const struct table *table)
{
    const struct field_size *size = size_under_way(describe);
    struct description *description = describe->description;
    struct described_field *field = field_begin(describe, size);
    int64_t least = description->suppress_below;
    /* Texts of several values each tell only that there is one at least. */
    int64_t nvalues = has_several(describe) && size->nvalues > 0 ? 1 : size->nvalues;
    bool is_told =
        describe->state == DESCRIBE_VALUES
            ? described_field_of_counts(describe->arena, table, describe->total, least, field)
            : described_field_of_rows(one_count(table), nvalues, describe->total, least, field);
    if (mode_of(describe) == AST_PROFILE) {
        describe_plan_field(&describe->plan, describe->at, field);
    }
    description->nfields += is_told;
    describe->at++;
    move(describe, DESCRIBE_VALUES);
}

/* EXPLAIN: the index is there, or the plan of a field's count has come, which is the last thing. */
static void
explained(struct describe *describe, const struct method_result *result)
{
    if (describe->state == DESCRIBE_TOTAL) {
        move(describe, DESCRIBE_LEARNING);
    } else {
        describe_plan_count(&describe->plan, describe->at, result, 0);
        describe->at = describe->nsizes;
    }
}

static void
counted(struct describe *describe, const struct method_result *result, const struct table *table)
{
    if (describe->state == DESCRIBE_TOTAL) {
        describe->total = describe->plan.total = one_count(table);
        describe->plan.total_us = step_took_us(describe);
        move(describe, DESCRIBE_LEARNING);
        return;
    }
    if (mode_of(describe) == AST_PROFILE) {
        describe_plan_count(&describe->plan, describe->at, result, step_took_us(describe));
    }
    field_take(describe, table);
}

static void
on_counted(void *arg, const struct method_result *result, const struct error *failed)
{
    struct describe *describe = arg;
    struct error wrong = {"", ""};
    describe->count.counting = NULL;
    const struct table *table = NULL;
    const struct error *err = failed;
    bool is_explained = mode_of(describe) == AST_EXPLAIN;
    if (!failed && !is_explained &&
        !side_count_table(&describe->count, describe->executor, result, most_values(describe),
                          &table, &wrong)) {
        err = &wrong;
    }
    if (err && (describe->state != DESCRIBE_VALUES || strcmp(err->code, "LIMIT") != 0)) {
        finish(describe, err);
        return;
    }
    if (err) {
        if (mode_of(describe) == AST_PROFILE) {
            describe_plan_count(&describe->plan, describe->at, NULL, step_took_us(describe));
        }
        move(describe, DESCRIBE_ROWS);
    } else if (is_explained) {
        explained(describe, result);
    } else {
        counted(describe, result, table);
    }
    side_count_end(&describe->count);
    go_on(describe);
}

static void
on_fields(void *arg, const struct field_size *fields, size_t nfields, const struct error *err)
{
    struct describe *describe = arg;
    describe->learning = NULL;
    if (err) {
        finish(describe, err);
        return;
    }
    struct field_size *own = arena_array(describe->arena, nfields, sizeof *own);
    for (size_t i = 0; i < nfields; i++) {
        own[i] = fields[i];
        own[i].name = arena_copy(describe->arena, fields[i].name);
    }
    describe->sizes = own;
    describe->nsizes = nfields;
    describe->description->fields =
        arena_array(describe->arena, nfields, sizeof *describe->description->fields);
    if (describe->request.names_only) {
        for (size_t i = 0; i < nfields; i++) {
            (void) field_begin(describe, &own[i]);
            describe->description->nfields++;
        }
        describe->at = nfields;
    }
    if (mode_of(describe) != AST_RUN) {
        describe_plan_fields(&describe->plan, own, nfields);
        describe->plan.learning_us = step_took_us(describe);
    }
    if (mode_of(describe) == AST_EXPLAIN) {
        describe->at = describe_plan_largest(&describe->plan);
    }
    move(describe, DESCRIBE_VALUES);
    go_on(describe);
}

/* ---- The machine ---- */

static void
learn(struct describe *describe)
{
    struct error err = {"", ""};
    describe->step_us = now_us();
    if (!describe_fields_start(describe->executor, describe->request.prepared->dataset, on_fields,
                               describe, &describe->learning, &err)) {
        finish(describe, &err);
    }
}

static void
on_next(evutil_socket_t fd, short events, void *arg)
{
    (void) fd, (void) events;
    struct describe *describe = arg;
    switch (describe->state) {
    case DESCRIBE_LEARNING: learn(describe); break;
    case DESCRIBE_VALUES:
        if (describe->at == describe->nsizes) {
            finish(describe, NULL);
        } else {
            count_start(describe);
        }
        break;
    case DESCRIBE_TOTAL:
    case DESCRIBE_ROWS: count_start(describe); break;
    case DESCRIBE_OVER: break;
    }
}

/* ---- The method ---- */

static bool
check(const struct executor *executor, struct error *why)
{
    (void) executor, (void) why; /* each count is checked by its own method */
    return true;
}

static void
start(struct executor *executor, const struct method_request *request, struct arena *arena,
      method_done_fn *done, void *arg, struct counting **out)
{
    struct describe *describe = must_alloc(sizeof *describe);
    *describe = (struct describe){.counting = {describe_method()},
                                  .executor = executor,
                                  .arena = arena,
                                  .request = *request,
                                  .done = done,
                                  .arg = arg};
    describe->description = arena_alloc(arena, sizeof *describe->description);
    /* a plan tells counts, to whom it is told at all */
    describe->description->suppress_below =
        mode_of(describe) == AST_RUN ? request->suppress_below : 0;
    describe->description->format = request->prepared->bound->format;
    describe_plan_init(&describe->plan, arena, request->prepared->bound, request->started_us);
    describe->next = event_new(shards_base(executor->shards), -1, 0, on_next, describe);
    go_on(describe);
    *out = &describe->counting;
}

static void
cancel(struct counting *counting)
{
    describe_free((struct describe *) counting);
}

static void
progress(const struct counting *counting, size_t *ndone, size_t *nparts)
{
    const struct describe *describe = (const struct describe *) counting;
    *ndone = *nparts = 0;
    if (describe->count.counting) {
        describe->count.counting->method->progress(describe->count.counting, ndone, nparts);
    }
}

static const char *
state(const struct counting *counting)
{
    return STATES[((const struct describe *) counting)->state].name;
}

static const char *
why(const struct counting *counting)
{
    const struct describe *describe = (const struct describe *) counting;
    const struct counting *count = describe->count.counting;
    return count ? count->method->why(count) : "";
}

const struct method *
describe_method(void)
{
    static const struct method METHOD = {.check = check,
                                         .start = start,
                                         .cancel = cancel,
                                         .progress = progress,
                                         .state = state,
                                         .why = why};
    return &METHOD;
}
