/*
 * EXPLAIN and PROFILE of DESCRIBE: which fields are counted, one after the other, and the plan of one of these
 * counts, as EXPLAIN or PROFILE of it shows it.
 *
 *     describe_plan_init(&plan, arena, bound, started_us)
 *     plan.total = 7; plan.total_us = 200; ...                   PROFILE: as it goes
 *     describe_plan_fields(&plan, sizes, nsizes)
 *     describe_plan_count(&plan, 3, &counted, took_us)           once or more for a field
 *     describe_plan_field(&plan, 3, &field)
 *     lines = describe_plan_lines(&plan, &nlines)
 *     describe_plan_fini(&plan)
 */
#ifndef QUIPU_EXECUTOR_DESCRIBE_PLAN_H
#define QUIPU_EXECUTOR_DESCRIBE_PLAN_H

#include "answer/description.h"
#include "executor/describe_fields.h"
#include "executor/method.h"
#include "planner/bound.h"

/* What became of a field; PROFILE only. */
struct described_count {
    struct described_field field; /* rows 0: no row has it */
    int64_t took_us;
};

struct describe_plan {
    struct arena *arena; /* has all but what is shown */
    const struct bound_query *bound;
    int64_t started_us;
    int64_t total, total_us, learning_us; /* PROFILE */
    const struct field_size *sizes;
    struct described_count *counts; /* of each of them */
    size_t nsizes;
    /* The count whose plan is shown: of the field with the largest index; for PROFILE, of the slowest one. */
    struct arena *shown_arena; /* NULL: none yet */
    struct slice *shown;
    size_t nshown, shown_field;
};

/* Borrows all. Cannot fail. */
void describe_plan_init(struct describe_plan *plan, struct arena *arena,
                        const struct bound_query *bound, int64_t started_us);
void describe_plan_fini(struct describe_plan *plan);
/* The fields are known; they are borrowed. */
void describe_plan_fields(struct describe_plan *plan, const struct field_size *sizes,
                          size_t nsizes);
/* The field whose count EXPLAIN shows; nsizes: there is none. */
size_t describe_plan_largest(const struct describe_plan *plan);
/*
 * A count of the field has ended after so long, with its lines; NULL: it was given up, as there are too many
 * values. Copies the lines that may be shown.
 */
void describe_plan_count(struct describe_plan *plan, size_t field,
                         const struct method_result *counted, int64_t took_us);
/* The field is described. Borrowed texts are not looked at. */
void describe_plan_field(struct describe_plan *plan, size_t i, const struct described_field *field);
/* All lines, in the arena. */
struct slice *describe_plan_lines(const struct describe_plan *plan, size_t *nlines);

#endif
