/*
 * What is told below a table, line by line, in formats table and markdown. Those of weights and of
 * infinity are warnings in map and json.
 *
 *     notes_of_test(&notes, test)       chi2 133.05, df 2, p 1.28e-29, V 0.318
 *     notes_of_table(&notes, table)     base 70, 2 in no position
 *                                       overlaps: colours (a row may be in several positions)
 *     notes_of_weights(&notes, table)   tests are of weighted counts, scaled to Kish's effective base
 *     notes_of_answer(&notes, answer)   warning: no row of current has the field 'orgin'
 */
#ifndef QUIPU_ANSWER_NOTES_H
#define QUIPU_ANSWER_NOTES_H

#include "answer/answer.h"

struct notes {
    struct arena *arena;
    struct slice *lines; /* in the arena */
    size_t n, capacity;
};

/* Each adds lines, as it finds something to say. */
void notes_of_test(struct notes *notes, const struct table_test *test);
void notes_of_table(struct notes *notes, const struct table *table);
/* Of tests and intervals of weighted counts; notes_of_table has them too. */
void notes_of_weights(struct notes *notes, const struct table *table);
/* Of an odds ratio that a document without infinity has as null. */
void notes_of_infinity(struct notes *notes, const struct table *table);
void notes_of_answer(struct notes *notes, const struct answer *answer);

#endif
