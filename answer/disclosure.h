/*
 * SUPPRESS BELOW: which numbers of an answer are hidden, of all its tables together.
 *
 *     count a in [1,3] totals suppress below 3           2 7 9 | 18     ->     - - 9 | 18
 *
 * - Counts from 1 to below - 1, and so many more that none of them can be worked out from what is shown:
 *   cells, totals, the totals that shares are of, the base, what is excluded (answer/secrets.h).
 * - Cells whose measure stands on 1 to below - 1 rows that have a value, with what protects them.
 * - Cells that are a share of a hidden total.
 *
 * Where nothing but cells is told, which have no rows in common, only the small ones are hidden. Else
 * below 2 hides as below 3 does. Several answers are not held against each other.
 */
#ifndef QUIPU_ANSWER_DISCLOSURE_H
#define QUIPU_ANSWER_DISCLOSURE_H

#include "answer/draft.h"
#include "answer/partials.h"

/*
 * Sets what the drafts of a query hide: cells, and numbers of their bases. Takes up to about a second
 * for 10,000 cells. Fails with LIMIT (too many cells) or SHARDDOWN.
 */
bool disclosure_hide(struct arena *arena, const struct bound_query *query,
                     const struct partials *grids, struct draft *const *drafts, size_t ntables,
                     int64_t below, struct error *err) QUIPU_MUST_CHECK;

#endif
