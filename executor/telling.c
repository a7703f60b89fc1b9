/*
 * Tells what was counted. in: parts, a description, rows or lines; out: a result with its warnings and
 * bytes, or a hash.
 *
 * Example: `count a from current format json` is made beside the event loop; then it is found that no
 * row has the field a, and the warning goes into the bytes.
 */
#include "executor/telling.h"

#include <assert.h>

#include "base/clock.h"
#include "executor/executor_parts.h"
#include "executor/into.h"
#include "executor/query_floor.h"
#include "executor/query_warnings.h"

enum { NSTATES = TELLING_OVER + 1 };

static const struct {
    const char *name;
    bool may_move_to[NSTATES];
} STATES[NSTATES] = {
    [TELLING_IDLE] = {.name = "answering",
                      .may_move_to = {[TELLING_ANSWERING] = true, [TELLING_OVER] = true}},
    [TELLING_ANSWERING] =
        {.name = "answering",
         .may_move_to =
             {[TELLING_WARNING] = true, [TELLING_WRITING] = true, [TELLING_OVER] = true}},
    [TELLING_WARNING] = {.name = "looking for warnings",
                         .may_move_to = {[TELLING_ANSWERING] = true, [TELLING_OVER] = true}},
    [TELLING_WRITING] = {.name = "writing", .may_move_to = {[TELLING_OVER] = true}},
    [TELLING_OVER] = {.name = "over"},
};

static void
move(struct telling *telling, enum telling_state to)
{
    assert(STATES[telling->state].may_move_to[to]);
    telling->state = to;
}

const char *
telling_state_name(const struct telling *telling)
{
    return STATES[telling->state].name;
}

/* The last thing that is done: the callback may free the telling. */
static void
finish(struct telling *telling, const struct query_result *result, const struct error *err)
{
    move(telling, TELLING_OVER);
    telling->request.done(telling->request.arg, result, err);
}

static bool
floor_was_kept(const struct telling *telling, struct error *err)
{
    return query_floor_was_kept(telling->request.floor, &telling->request.answering, err);
}

/* False: nobody waits for it any more. */
static bool
take_back(struct telling *telling)
{
    if (telling->state != TELLING_OVER) {
        return true;
    }
    telling->request.done(telling->request.arg, NULL, NULL);
    return false;
}

/* ---- INTO ---- */

static void
on_written(void *arg, uint64_t ncells, const struct error *err)
{
    struct telling *telling = arg;
    const struct query_result result = {.is_written = true,
                                        .nwritten = ncells,
                                        .took_us =
                                            now_us() - telling->request.answering.started_us};
    telling->into = NULL;
    finish(telling, err ? NULL : &result, err);
}

/* Writes the answer, or the table of a plain query, into a hash. */
static void
write_into(struct telling *telling)
{
    struct answering *answering = &telling->request.answering;
    const struct answer plain = {.tables = &answering->table, .ntables = 1};
    const struct into_target target = {.key = answering->bound->into_key,
                                       .seconds = answering->bound->into_seconds,
                                       .max_bytes = answering->max_bytes};
    move(telling, TELLING_WRITING);
    telling->into =
        into_start(telling->request.executor, answering->answer ? answering->answer : &plain,
                   &target, on_written, telling);
}

void
telling_raise_floor(struct telling *telling, int64_t floor)
{
    struct error err = {"", ""};
    telling->request.floor = floor;
    if (telling->into && !floor_was_kept(telling, &err)) { /* the hash would tell too much */
        into_refuse(telling->into, &err);
    }
}

/* ---- The answer ---- */

static void
on_reply_made(void *arg)
{
    struct telling *telling = arg;
    struct error denied = {"", ""};
    if (take_back(telling)) {
        bool is_told = floor_was_kept(telling, &denied);
        finish(telling, is_told ? &telling->request.answering.result : NULL,
               is_told ? NULL : &denied);
    }
}

/* The answer is there, with its warnings. */
static void
tell(struct telling *telling)
{
    const struct bound_query *bound = telling->request.answering.bound;
    struct query_warnings *warnings = telling->request.warnings;
    size_t nlines = 0;
    struct slice *lines = warnings ? query_warnings_lines(warnings, &nlines) : NULL;
    answering_warn(&telling->request.answering, lines, nlines);
    if (bound->into_key.ptr && bound->mode == AST_RUN) {
        write_into(telling);
    } else {
        answering_write(&telling->request.answering, telling->request.executor->side, on_reply_made,
                        telling);
    }
}

static void
on_answer_made(void *arg)
{
    struct telling *telling = arg;
    if (!take_back(telling)) {
        return;
    }
    struct error wrong = telling->request.answering.err;
    if (error_is_set(&wrong) || !floor_was_kept(telling, &wrong)) {
        finish(telling, NULL, &wrong);
    } else if (telling->request.warnings && !telling->request.were_told) {
        move(telling, TELLING_WARNING);
        query_warnings_counted(telling->request.warnings, telling->request.answering.answer);
    } else {
        tell(telling);
    }
}

void
telling_warned(struct telling *telling, const struct error *err)
{
    struct error own = err ? *err : (struct error){"", ""};
    if (!err && floor_was_kept(telling, &own)) {
        move(telling, TELLING_ANSWERING);
        tell(telling);
    } else {
        finish(telling, NULL, &own);
    }
}

/* ---- Start and end ---- */

void
telling_start(struct telling *telling, const struct telling_request *request)
{
    *telling = (struct telling){.request = *request};
    move(telling, TELLING_ANSWERING);
    answering_make(&telling->request.answering, request->executor->side, on_answer_made, telling);
}

void
telling_cancel(struct telling *telling)
{
    if (telling->state != TELLING_OVER) {
        move(telling, TELLING_OVER);
    }
    if (telling->into) {
        into_cancel(telling->into);
        telling->into = NULL;
    }
}

bool
telling_is_beside(const struct telling *telling)
{
    return telling->request.answering.is_beside;
}

void
telling_fini(struct telling *telling, struct side_thread *side)
{
    answering_fini(&telling->request.answering, side);
}
