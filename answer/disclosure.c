/*
 * Hides what must not be told. in: drafts of an answer; out: flags in them.
 *
 *     1. Cells with few values are secret, whatever their counts are.
 *     2. Write down all that is told (told.h), and hide small and secret counts with complements.
 *     3. A cell that is a share of a hidden total is secret, too: again from 2, until there is none.
 *
 * Example: below 5, avg(x) of 9 rows of which 2 have an x is hidden, and so is the count of 9.
 */
#include "answer/disclosure.h"

#include "answer/secrets.h"
#include "answer/told.h"

/* Cells with measures of a field that few of their rows have. */
static void
mark_few_values(struct told_table *table, int64_t below)
{
    const struct draft *draft = table->draft;
    for (size_t m = 0; m < draft->bound->nall_measures; m++) {
        if (draft->bound->measures[m].kind == AST_COUNT) {
            continue;
        }
        for (size_t i = 0; i < draft->n; i++) {
            uint64_t n = measured_rows(&draft->measures[m], i);
            table->is_secret[i] = table->is_secret[i] || (n > 0 && n < (uint64_t) below);
        }
    }
}

/* Marks cells that are shares of a hidden total; returns how many. */
static size_t
mark_shares(struct told_table *table, const bool *is_hidden)
{
    const struct draft *draft = table->draft;
    size_t n = 0;
    for (size_t i = 0; draft->query->percent != AST_PERCENT_NONE && i < draft->n; i++) {
        size_t base = draft_find(draft, draft_percent_base(draft, draft->indexes[i]));
        if (table->is_told[i] && !is_hidden[table->counts[i]] && base != NO_PLACE &&
            table->is_told[base] && is_hidden[table->counts[base]]) {
            table->is_secret[i] = true;
            n++;
        }
    }
    return n;
}

/* Nothing but cells is told, and no row is in two of them. */
static bool *
hide_small(const struct equations *equations, int64_t below)
{
    bool *is_hidden = arena_array(equations->arena, equations->ncounts + 1, sizeof *is_hidden);
    for (size_t i = 0; i < equations->ncounts; i++) {
        const struct equations_count *count = &equations->counts[i];
        is_hidden[i] = equations_is_cause(count, count->value, below);
    }
    return is_hidden;
}

static void
hide_table(struct arena *arena, const struct told *told, const struct told_table *table,
           const bool *is_hidden)
{
    struct draft *draft = table->draft;
    draft->hidden = arena_array(arena, draft->n + 1, sizeof *draft->hidden);
    for (size_t i = 0; i < draft->n; i++) {
        draft->hidden[i] = table->counts[i] != NOT_TOLD && is_hidden[table->counts[i]];
    }
    draft->base.hides_rows = told->rows != NOT_TOLD && is_hidden[told->rows];
    draft->base.hides_weight = told->without_weight != NOT_TOLD && is_hidden[told->without_weight];
    draft->base.hides_position = table->in_no_cell != NOT_TOLD && is_hidden[table->in_no_cell];
}

bool
disclosure_hide(struct arena *arena, const struct bound_query *query, const struct partials *grids,
                struct draft *const *drafts, size_t ntables, int64_t below, struct error *err)
{
    struct told told;
    bool *is_hidden = NULL;
    if (!told_init(&told, arena, query, grids, drafts, ntables, err)) {
        return false;
    }
    for (size_t t = 0; t < ntables; t++) {
        mark_few_values(&told.tables[t], below);
    }
    for (size_t nmarked = 1; nmarked > 0;) {
        struct equations *equations;
        if (!told_equations(&told, arena, &equations, err)) {
            return false;
        }
        is_hidden =
            equations->n ? secrets_of(equations, below)->is_hidden : hide_small(equations, below);
        nmarked = 0;
        for (size_t t = 0; t < ntables; t++) {
            nmarked += mark_shares(&told.tables[t], is_hidden);
        }
    }
    for (size_t t = 0; t < ntables; t++) {
        hide_table(arena, &told, &told.tables[t], is_hidden);
    }
    return true;
}
