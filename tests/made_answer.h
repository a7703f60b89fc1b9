/*
 * An answer from text, for tests of what answers are written as. Line by line:
 *
 *     dataset current                        warning no row has the field 'x'
 *     shard 0 70                             took 412            list      several tables
 *     dim sex field=sex overlaps | value:1=Male | value:2=Female | total:total
 *     leaves value:count low:low             one is enough: value:count
 *     cells 17/2.5 0/- * =0.1                all of them; sparse: 4:17 6:3
 *     rows 2 0                               a list of places in the cells
 *     base 70            excluded 2 0        bases 17 0 4        effective 17 0 3.5
 *     test 0 | 10.5 2 0.05 0.3 0.1           its layer, and a chi-square test; then Yates' statistic
 *                                            and p, then Fisher's p and odds ratio (`inf`)
 *     residuals 1.5 -1.5 ...                 letters A . AB .    of the test before
 *     ---                                    the next table
 *
 * Numbers: `-` null, `*` hidden, `=` before a sum with all its digits. In labels `\n` is a line break,
 * `\xNN` a byte; `~` stands for a blank.
 */
#ifndef QUIPU_TESTS_MADE_ANSWER_H
#define QUIPU_TESTS_MADE_ANSWER_H

#include "answer/answer.h"

/* In the arena. Aborts where the text is wrong. */
struct answer *made_answer(struct arena *arena, enum ast_format format, const char *text);

#endif
