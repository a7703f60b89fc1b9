/*
 * Says in words what is told beside a table's numbers. in: a test, a table, an answer; out: lines.
 *
 * Example: of 70 rows of which 2 are in no position the line is "base 70, 2 in no position".
 */
#include "answer/notes.h"

#include <math.h>

#include "answer/chi2.h"
#include "answer/number_text.h"
#include "answer/wrap.h"

static void
add(struct notes *notes, struct slice line)
{
    notes->lines = arena_room(notes->arena, notes->lines, notes->n, &notes->capacity, sizeof line);
    notes->lines[notes->n++] = line;
}

static bool
has_infinity(const struct table_test *test)
{
    return test->chi2 && test->chi2->has_fisher && isinf(test->chi2->fisher.odds_ratio);
}

void
notes_of_test(struct notes *notes, const struct table_test *test)
{
    struct arena *arena = notes->arena;
    const struct chi2_test *chi2 = test->chi2;
    if (!chi2) {
        return;
    }
    if (chi2->is_null) {
        add(notes, slice_lit("chi2: nothing to test"));
        return;
    }
    struct slice low = slice_lit("");
    if (chi2->low_expected > 0) {
        low = arena_printf(arena, ", %.1f%% of expected counts under 5", 100 * chi2->low_expected);
    }
    add(notes, arena_printf(arena, "chi2 %.*s, df %.0f, p %.*s, V %.*s%.*s",
                            SLICE_ARG(number_text_real(arena, chi2->statistic)), chi2->df,
                            SLICE_ARG(number_text_real(arena, chi2->p)),
                            SLICE_ARG(number_text_real(arena, chi2->v)), SLICE_ARG(low)));
    if (chi2->has_yates) {
        add(notes, arena_printf(arena, "Yates chi2 %.*s, p %.*s",
                                SLICE_ARG(number_text_real(arena, chi2->yates_statistic)),
                                SLICE_ARG(number_text_real(arena, chi2->yates_p))));
    }
    if (chi2->has_fisher) {
        add(notes, arena_printf(arena, "Fisher p %.*s, odds ratio %.*s%s",
                                SLICE_ARG(number_text_real(arena, chi2->fisher.p)),
                                SLICE_ARG(number_text_real(arena, chi2->fisher.odds_ratio)),
                                has_infinity(test) ? " (infinite: a count is 0)" : ""));
    }
}

void
notes_of_infinity(struct notes *notes, const struct table *table)
{
    for (size_t t = 0; t < table->ntests; t++) {
        if (has_infinity(&table->tests[t])) {
            add(notes, slice_lit("an infinite odds_ratio is null: JSON has no infinity"));
            return;
        }
    }
}

/* Does the table have intervals of shares? */
static bool
has_intervals(const struct table *table)
{
    for (size_t k = 0; k < table->nleaves; k++) {
        if (table->leaves[k].kind == LEAF_LOW) {
            return true;
        }
    }
    return false;
}

void
notes_of_weights(struct notes *notes, const struct table *table)
{
    bool has_tests = table->ntests > 0, has_some = has_intervals(table), lacks_exact = false;
    if (!table->bases || !(has_tests || has_some)) {
        return;
    }
    for (size_t t = 0; t < table->ntests; t++) {
        const struct chi2_test *chi2 = table->tests[t].chi2;
        lacks_exact = lacks_exact || (chi2 && chi2->df == 1);
    }
    add(notes,
        arena_printf(notes->arena, "%s of weighted counts, scaled to Kish's effective base%s",
                     has_tests && has_some ? "tests and intervals are"
                     : has_tests           ? "tests are"
                                           : "intervals are",
                     lacks_exact ? ": without Yates and Fisher" : ""));
}

/* ", 2 in no position"; nothing where there are none, or where nobody asked. */
static struct slice
excluded_text(struct arena *arena, struct number number, const char *where)
{
    if (number.kind == NUMBER_NULL || number_is_zero(number)) {
        return slice_lit("");
    }
    return arena_printf(arena, ", %.*s %s", SLICE_ARG(number_text(arena, number, LEAF_VALUE)),
                        where);
}

/* Letters behind an average could be taken for a test of averages. */
static bool
has_misplaced_letters(const struct table *table)
{
    bool has_letters = false;
    for (size_t t = 0; t < table->ntests; t++) {
        has_letters = has_letters || table->tests[t].letters;
    }
    return has_letters && table->numbers && table->count_leaf == table->nleaves;
}

void
notes_of_table(struct notes *notes, const struct table *table)
{
    struct arena *arena = notes->arena;
    if (table->base.kind != NUMBER_NULL) {
        struct slice position = excluded_text(arena, table->excluded_position, "in no position");
        struct slice weight = excluded_text(arena, table->excluded_weight, "without a weight");
        add(notes, arena_printf(arena, "base %.*s%.*s%.*s",
                                SLICE_ARG(number_text(arena, table->base, LEAF_VALUE)),
                                SLICE_ARG(position), SLICE_ARG(weight)));
    }
    if (table->has_list && table->ntests) {
        add(notes, slice_lit("a list of rows has no room for tests: json and map have them"));
    } else if (has_misplaced_letters(table)) {
        add(notes, slice_lit("letters compare the columns' counts, not the numbers they stand at"));
    }
    notes_of_weights(notes, table);
    struct slice names = slice_lit("");
    for (size_t d = 0; d < table->ndims; d++) {
        if (table->dims[d].overlaps) {
            names = arena_printf(arena, "%.*s%s%.*s", SLICE_ARG(names), names.len ? ", " : "",
                                 SLICE_ARG(text_shown(arena, table->dims[d].name)));
        }
    }
    if (names.len) {
        add(notes, arena_printf(arena, "overlaps: %.*s (a row may be in several positions)",
                                SLICE_ARG(names)));
    }
}

void
notes_of_answer(struct notes *notes, const struct answer *answer)
{
    for (size_t i = 0; i < answer->nwarnings; i++) {
        struct slice warning = text_shown(notes->arena, answer->warnings[i]);
        add(notes, arena_printf(notes->arena, "warning: %.*s", SLICE_ARG(warning)));
    }
}
