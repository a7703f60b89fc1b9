/*
 * Whether fields have a date at all: counts beside a query's own, for its warnings.
 *
 *     count month by month from current format json          shows no month: is there any?
 *     count month by month from current                      of all rows: no, so it is warned of
 *
 *     date_counts_init(&dates, arena, index, &request)        with the query's own count
 *     date_counts_warn(&dates, arena, answer, &warnings)      with its answer, in any thread
 *     date_counts_fini(&dates)
 */
#ifndef QUIPU_MODULE_DATE_COUNTS_H
#define QUIPU_MODULE_DATE_COUNTS_H

#include "answer/warnings.h"
#include "columns/count.h"

struct date_counts {
    struct slice dataset;
    size_t n;
    struct date_count {
        const struct mention_date *date;
        struct bound_query *bound;
        struct count *count;
    } items[MENTIONS_DATES_MOST];
};

struct date_counts_request {
    const struct catalog *catalog;
    struct slice dataset;
    const struct mentions *mentions;
    const struct presence *presence;
    struct count_options options; /* those of the query's count */
};

/*
 * In the writer's thread. Only fields that some row has are looked at. What is counted lives in the
 * arena, and so must all that is given.
 */
void date_counts_init(struct date_counts *dates, struct arena *arena, struct index *index,
                      const struct date_counts_request *request);
/* What all counts cost at the most, as count_cost_us. */
double date_counts_cost_us(const struct date_counts *dates);
/* Counts where the answer shows no date of a field, and adds a line where no row has one. */
void date_counts_warn(struct date_counts *dates, struct arena *arena, const struct answer *answer,
                      struct warnings *warnings);
/* Any thread. All zero is fine. */
void date_counts_fini(struct date_counts *dates);

#endif
