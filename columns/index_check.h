/*
 * Is an index right? For QUIPU.VERIFY and tests; the writer's thread, as all of index.h.
 */
#ifndef QUIPU_COLUMNS_INDEX_CHECK_H
#define QUIPU_COLUMNS_INDEX_CHECK_H

#include "base/strbuf.h"
#include "columns/index.h"

/*
 * Has the row exactly these fields? If not, appends what differs to `difference`, one line of text
 * without a line break: "row profile_7: field age is 31, the index has 30". For QUIPU.VERIFY: every
 * row of the keyspace is checked, and every row of the index (index_next_row) must be in the
 * keyspace.
 */
bool index_check_row(struct index *index, struct slice name, const struct index_pair *pairs,
                     size_t npairs, struct strbuf *difference);
/*
 * Checks the index against itself: every count against what it counts, every chunk's kind and
 * order. Walks everything; for tests and debugging. False with a line of text on what is wrong.
 */
bool index_check(struct index *index, struct strbuf *difference);

#endif
