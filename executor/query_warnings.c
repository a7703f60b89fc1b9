/*
 * Finds what a query's user should be warned of. in: a bound query, later its answer; out: lines, or
 * the error NOFIELD.
 *
 *     ASKING --presence is known--> WAITING --the count has ended--> DATES --none is left--> OVER
 *        |                            ^  |                            |  ^
 *        +--it could not be asked-----+  +--then it is asked again    +--+ a count for each field that
 *                                           once: ASKING                   the answer has no date of
 *
 * A field that no row has is found in ASKING. Where it is an error, that is the end.
 *
 * What fails here fails no query, unless unknown fields are errors: then nobody knows whether they
 * are known. Where small counts are hidden, nothing is warned of that the rows decide, since that
 * would be one more thing that the answer tells of them.
 */
#include "executor/query_warnings.h"

#include <assert.h>
#include <stdlib.h>

#include "answer/warnings.h"
#include "base/must.h"
#include "executor/executor_parts.h"
#include "executor/presence_fetch.h"
#include "executor/side_count.h"

enum warnings_state { WARNINGS_ASKING, WARNINGS_WAITING, WARNINGS_DATES, WARNINGS_OVER };
enum { NWARNINGS_STATES = WARNINGS_OVER + 1 };

struct query_warnings {
    struct executor *executor;
    struct query_warnings_request request;
    enum warnings_state state;
    bool tells_rows; /* what the rows decide is told */
    const struct mentions *mentions;
    struct presence_fetch *fetch; /* ASKING */
    struct presence *presence;    /* NULL: not known */
    struct error why;             /* it is not known */
    bool is_second;               /* it was asked twice */
    bool is_counted;
    const struct answer *answer;
    size_t date;             /* DATES: the one that is looked at */
    struct side_count count; /* DATES */
    struct warnings lines;
    query_warnings_done_fn *done;
    void *arg;
};

static void advance(struct query_warnings *warnings);

static inline bool
may_move(enum warnings_state from, enum warnings_state to)
{
    static const bool MAY_MOVE[NWARNINGS_STATES][NWARNINGS_STATES] = {
        [WARNINGS_ASKING] = {[WARNINGS_WAITING] = true},
        [WARNINGS_WAITING] =
            {[WARNINGS_ASKING] = true, [WARNINGS_DATES] = true, [WARNINGS_OVER] = true},
        [WARNINGS_DATES] = {[WARNINGS_OVER] = true},
    };
    return MAY_MOVE[from][to];
}

static void
move(struct query_warnings *warnings, enum warnings_state to)
{
    assert(may_move(warnings->state, to));
    warnings->state = to;
}

static const struct ast_query *
ast_of(const struct query_warnings *warnings)
{
    return warnings->request.counted.prepared->ast;
}

static void
finish(struct query_warnings *warnings, const struct error *err)
{
    move(warnings, WARNINGS_OVER);
    warnings->done(warnings->arg, err);
}

/* ---- What rows have ---- */

static void
on_presence(void *arg, struct presence *presence, const struct error *err)
{
    struct query_warnings *warnings = arg;
    warnings->fetch = NULL;
    if (err) {
        warnings->why = *err;
    } else {
        warnings->presence = presence;
    }
    move(warnings, WARNINGS_WAITING);
    advance(warnings);
}

/* False: it cannot be asked now. */
static bool
ask(struct query_warnings *warnings)
{
    error_clear(&warnings->why);
    return presence_fetch(warnings->executor, warnings->request.counted.prepared->dataset,
                          warnings->mentions, warnings->request.arena, on_presence, warnings,
                          &warnings->fetch, &warnings->why);
}

/* True, with err set, where a field that no row has is an error. */
static bool
lacks_field(const struct query_warnings *warnings, struct error *err)
{
    struct warnings unknown = {.arena = warnings->request.arena};
    if (!warnings->request.are_errors || !warnings->presence) {
        return false;
    }
    struct presence told = *warnings->presence;
    if (warnings->request.counted.suppress_below > 1) { /* a name may be that of a few rows */
        told.nnames = 0;
    }
    warnings_of_fields(&unknown, ast_of(warnings)->dataset, warnings->mentions, &told);
    struct slice text = unknown.n ? unknown.lines[0] : slice_lit("");
    for (size_t i = 1; i < unknown.n; i++) {
        text =
            arena_printf(unknown.arena, "%.*s; %.*s", SLICE_ARG(text), SLICE_ARG(unknown.lines[i]));
    }
    if (unknown.n) {
        error_set(err, "NOFIELD", "%.*s", SLICE_ARG(text));
    }
    return unknown.n > 0;
}

/* ---- Dates ---- */

static bool
field_is_there(const struct query_warnings *warnings, struct slice field)
{
    for (size_t i = 0; i < warnings->mentions->nfields; i++) {
        if (slice_equal(warnings->mentions->fields[i], field)) {
            return warnings->presence->has_field[i];
        }
    }
    return false;
}

/* Whether the count by years, by hours, has found one. */
static bool
has_date(struct query_warnings *warnings, const struct method_result *counted)
{
    struct executor *executor = warnings->executor;
    struct error ignored = {"", ""};
    const struct table *table;
    return !counted->parts ||
           !side_count_table(&warnings->count, executor, counted, executor->settings->max_cells,
                             &table, &ignored) ||
           table->dims[0].npositions > 0;
}

static void
on_counted(void *arg, const struct method_result *counted, const struct error *err)
{
    struct query_warnings *warnings = arg;
    warnings->count.counting = NULL;
    if (!err && !has_date(warnings, counted)) {
        warnings_of_date(&warnings->lines, ast_of(warnings)->dataset,
                         &warnings->mentions->dates[warnings->date]);
    }
    side_count_end(&warnings->count);
    warnings->date++;
    advance(warnings);
}

/* False: it cannot be counted. */
static bool
date_count(struct query_warnings *warnings, const struct mention_date *date)
{
    const struct dataset *dataset = warnings->request.counted.prepared->bound->dataset;
    struct error ignored = {"", ""};
    struct strbuf text;
    strbuf_init(&text);
    warnings_date_question(&text, side_count_name(warnings->executor, dataset), date);
    bool ok = side_count_prepare(&warnings->count, warnings->executor, strbuf_slice(&text), dataset,
                                 &ignored);
    strbuf_fini(&text);
    if (!ok) {
        side_count_end(&warnings->count);
        return false;
    }
    side_count_start(&warnings->count, warnings->executor, &warnings->request.counted, on_counted,
                     warnings);
    return true;
}

/* True: a count is under way, or done was called. */
static bool
look_for_dates(struct query_warnings *warnings)
{
    const struct mentions *mentions = warnings->mentions;
    bool looks = warnings->answer && warnings->presence && warnings->tells_rows;
    for (; looks && warnings->date < mentions->ndates; warnings->date++) {
        const struct mention_date *date = &mentions->dates[warnings->date];
        if (field_is_there(warnings, date->field) && warnings_lack_date(warnings->answer, date) &&
            date_count(warnings, date)) {
            return true;
        }
    }
    return false;
}

/* ---- The machine ---- */

static void
count_ended(struct query_warnings *warnings)
{
    bool could_not_ask = error_is_set(&warnings->why);
    if (could_not_ask && !warnings->is_second) { /* the index may be there by now */
        warnings->is_second = true;
        if (ask(warnings)) {
            move(warnings, WARNINGS_ASKING);
            return;
        }
    }
    if (could_not_ask && warnings->request.are_errors) {
        finish(warnings, &warnings->why);
        return;
    }
    /* before the dates, whose lines are the last */
    warnings_of_all(&warnings->lines, ast_of(warnings)->dataset, warnings->mentions,
                    warnings->tells_rows ? warnings->presence : NULL);
    move(warnings, WARNINGS_DATES);
    advance(warnings);
}

static void
advance(struct query_warnings *warnings)
{
    struct error err = {"", ""};
    switch (warnings->state) {
    case WARNINGS_WAITING:
        if (lacks_field(warnings, &err)) {
            finish(warnings, &err);
        } else if (warnings->is_counted) {
            count_ended(warnings);
        }
        return;
    case WARNINGS_DATES:
        if (!look_for_dates(warnings)) {
            finish(warnings, NULL);
        }
        return;
    case WARNINGS_ASKING:
    case WARNINGS_OVER: return;
    }
}

struct query_warnings *
query_warnings_start(struct executor *executor, const struct query_warnings_request *request,
                     query_warnings_done_fn *done, void *arg)
{
    const struct prepared *prepared = request->counted.prepared;
    const struct bound_query *bound = prepared->bound;
    bool are_shown = bound->mode != AST_RUN || format_tells_more(bound->format);
    struct error ignored = {"", ""};
    if ((!request->are_errors && !are_shown) || bound->statement == AST_DESCRIBE) {
        return NULL;
    }
    struct mentions *mentions = mentions_find(request->arena, prepared->ast);
    bool tells_rows = are_shown && request->counted.suppress_below <= 1 &&
                      handle_is_counted(prepared->dataset, &ignored);
    bool asks = mentions->nfields && (request->are_errors || tells_rows);
    if (!asks && !mentions->nnulls) {
        return NULL;
    }
    struct query_warnings *warnings = must_alloc(sizeof *warnings);
    *warnings = (struct query_warnings){.executor = executor,
                                        .request = *request,
                                        .state = WARNINGS_ASKING,
                                        .tells_rows = tells_rows,
                                        .mentions = mentions,
                                        .lines = {.arena = request->arena},
                                        .done = done,
                                        .arg = arg};
    if (!asks || !ask(warnings)) {
        move(warnings, WARNINGS_WAITING);
    }
    return warnings;
}

void
query_warnings_counted(struct query_warnings *warnings, const struct answer *answer)
{
    warnings->is_counted = true;
    warnings->answer = answer;
    advance(warnings);
}

struct slice *
query_warnings_lines(const struct query_warnings *warnings, size_t *n)
{
    *n = warnings->lines.n;
    return warnings->lines.lines;
}

void
query_warnings_free(struct query_warnings *warnings)
{
    if (warnings) {
        if (warnings->fetch) {
            presence_fetch_cancel(warnings->fetch);
        }
        side_count_end(&warnings->count);
        free(warnings);
    }
}
