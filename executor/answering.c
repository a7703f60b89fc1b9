/*
 * Makes the answer of a query. in: partials, a description, rows, or lines; out: a query's result, and the
 * reply in bytes where they are wanted.
 *
 * Example: two shards' partials of `count a, b from current format csv` are added up, labelled, cut
 * to what may be told, and written as one text.
 */
#include "executor/answering.h"

#include "answer/suppress.h"
#include "base/clock.h"

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

static bool
has_tests(const struct bound_query *bound)
{
    return bound->test_chi2 || bound->test_columns || bound->residuals;
}

bool
answering_is_long(const struct answering *answering)
{
    if (!answering->counted.parts) {
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

void
answering_make(struct answering *answering)
{
    const struct method_result *counted = &answering->counted;
    answering->result = (struct query_result){.description = counted->description,
                                              .listing = counted->listing,
                                              .lines = counted->lines,
                                              .nlines = counted->nlines};
    strbuf_init(&answering->reply);
    error_clear(&answering->err);
    (void) (counted->parts && parts_make(answering, &answering->err));
}

void
answering_write(struct answering *answering)
{
    answering->result.took_us = now_us() - answering->started_us;
    if (answering->write) {
        answering->writer.out = &answering->reply;
        answering->write(&answering->result, &answering->writer);
        answering->result.reply = &answering->reply;
    }
}

void
answering_fini(struct answering *answering)
{
    strbuf_fini(&answering->reply);
}
