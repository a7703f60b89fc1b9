/*
 * Makes the answer of a query. in: partials, a description, rows, or lines; out: a query's result, and the
 * reply in bytes where they are wanted.
 *
 * Example: two shards' partials of `count a, b from current format csv` are added up, labelled, cut
 * to what may be told, and written as one text.
 */
#include "executor/answering.h"

#include <string.h>

#include "answer/suppress.h"
#include "base/clock.h"
#include "executor/arena_discard.h"

/* From here on it takes a millisecond or more; a thread's start of work takes some 50 us. */
enum { MANY_CELLS = 4000 };

static uint64_t
counted_cells(const struct answering *answering)
{
    uint64_t ncells = 0;
    for (size_t p = 0; p < answering->counted.nparts; p++) {
        const struct partials *part = answering->counted.parts[p];
        for (size_t g = 0; g < part->n; g++) {
            ncells += part->items[g]->cells.n;
        }
    }
    return ncells;
}

/* PROFILE's are not told: it has lines. */
static bool
has_parts(const struct answering *answering)
{
    return answering->counted.parts && !answering->counted.lines;
}

static bool
has_tests(const struct bound_query *bound)
{
    return bound->test_chi2 || bound->test_columns || bound->residuals;
}

static bool
is_long(const struct answering *answering)
{
    if (!has_parts(answering)) {
        return false; /* and what was counted is gone soon */
    }
    bool hides = answering->suppress_below > 1 && !answering->bound->is_plain;
    return hides || answering->bound->ncells >= MANY_CELLS ||
           counted_cells(answering) >= MANY_CELLS || has_tests(answering->bound);
}

/* Takes small counts out first and checks the size of the rest: a limit on hidden counts would reveal
 * them. */
static bool
plain_make(struct answering *answering, struct table *table, struct error *err)
{
    suppress_below(answering->arena, table, answering->suppress_below);
    answering->result.table = answering->table = table;
    return table_check(table, answering->told_max_cells, err);
}

static bool
parts_make(struct answering *answering, struct error *err)
{
    const struct method_result *counted = &answering->counted;
    struct table_limits limits = {.max_cells = answering->held_max_cells,
                                  .max_bytes = answering->max_bytes};
    bool hides = answering->suppress_below > 1;
    if (hides) {
        limits.suppress_below = answering->suppress_below;
        limits.max_shown = answering->told_max_cells;
    }
    struct answer *answer;
    if (!answer_build(answering->arena, answering->bound, counted->parts, counted->nparts, &limits,
                      &answer, err)) {
        return false;
    }
    if (answering->bound->is_plain) {
        return plain_make(answering, answer->tables[0], err);
    }
    answer->dataset = answering->dataset;
    answer->shards = counted->shards;
    answer->nshards = hides ? 0 : counted->nshards; /* they have counts, too */
    answer->took_us = now_us() - answering->started_us;
    answering->result.answer = answering->answer = answer;
    return true;
}

/* ---- Steps ---- */

static void
on_run(void *arg)
{
    struct answering *answering = arg;
    answering->is_beside = false;
    answering->done(answering->arg); /* last: it may free the answering */
}

/* Runs a step beside the loop if it may take long. */
static void
run(struct answering *answering, struct side_thread *side, side_fn *step, side_fn *done, void *arg)
{
    answering->done = done;
    answering->arg = arg;
    if (is_long(answering)) {
        answering->is_beside = true;
        if (!answering->own) {
            answering->arena = answering->own = arena_new();
        }
        side_thread_run(side, step, on_run, answering);
    } else {
        step(answering);
        on_run(answering);
    }
}

static void
make(void *arg)
{
    struct answering *answering = arg;
    const struct method_result *counted = &answering->counted;
    answering->result = (struct query_result){.description = counted->description,
                                              .listing = counted->listing,
                                              .lines = counted->lines,
                                              .nlines = counted->nlines};
    strbuf_init(&answering->reply);
    error_clear(&answering->err);
    (void) (has_parts(answering) && parts_make(answering, &answering->err));
}

void
answering_make(struct answering *answering, struct side_thread *side, side_fn *done, void *arg)
{
    run(answering, side, make, done, arg);
}

void
answering_warn(struct answering *answering, struct slice *warnings, size_t nwarnings)
{
    struct query_result *result = &answering->result;
    struct answer *answer = answering->answer;
    if (answer) {
        answer->warnings = warnings;
        answer->nwarnings = nwarnings;
        answer->took_us = now_us() - answering->started_us;
    } else if (result->lines && nwarnings) {
        struct slice *lines =
            arena_array(answering->arena, result->nlines + nwarnings, sizeof *lines);
        memcpy(lines, result->lines, result->nlines * sizeof *lines);
        for (size_t i = 0; i < nwarnings; i++) {
            lines[result->nlines++] =
                arena_printf(answering->arena, "warning  %.*s", SLICE_ARG(warnings[i]));
        }
        result->lines = lines;
    }
    result->took_us = now_us() - answering->started_us;
}

static void
write_reply(void *arg)
{
    struct answering *answering = arg;
    answering->result.took_us = now_us() - answering->started_us;
    if (answering->write) {
        answering->writer.out = &answering->reply;
        answering->write(&answering->result, &answering->writer);
        answering->result.reply = &answering->reply;
    }
}

void
answering_write(struct answering *answering, struct side_thread *side, side_fn *done, void *arg)
{
    run(answering, side, write_reply, done, arg);
}

void
answering_fini(struct answering *answering, struct side_thread *side)
{
    strbuf_fini(&answering->reply);
    arena_discard(side, answering->own);
}
