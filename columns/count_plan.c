/*
 * A query made ready to be counted: what its parts have in common. in: struct count_plan while it is
 * made; out: passes and tests added to it, messages about it.
 *
 * Example: two tests over one dictionary of a million values are two passes, 2,000,000 values.
 */
#include "columns/count_plan.h"

#include "answer/place.h"

void
count_plan_add_pass(struct count_plan *plan, const struct count_pass *pass)
{
    plan->passes = arena_room(plan->arena, plan->passes, plan->npasses, &plan->passes_capacity,
                              sizeof *plan->passes);
    plan->passes[plan->npasses++] = *pass;
    uint32_t ncodes = (pass->node ? pass->node->column : pass->dim->column)->dictionary.ncodes;
    /* Filling memory costs less than looking at values. Numbers are read only where more rows are
     * counted than there are values. */
    enum { FILLED_PER_VALUE = 16 };
    bool fills = pass->kind == PASS_FOUND || pass->kind == PASS_LISTED;
    if (pass->kind != PASS_NUMBERS) {
        plan->nvalues += fills ? ncodes / FILLED_PER_VALUE : ncodes;
    }
}

void
count_plan_add_test(struct count_plan *plan, struct count_node *node)
{
    plan->tests = arena_room(plan->arena, plan->tests, plan->ntests, &plan->tests_capacity,
                             sizeof *plan->tests);
    plan->tests[plan->ntests++] = node;
}

bool
count_too_long(const struct count_dim *dim, uint32_t code, struct error *err)
{
    struct slice text = value_text(dictionary_value(&dim->column->dictionary, code));
    return place_is_too_long(dim->bound, text, err);
}
