/*
 * TEST and RESIDUALS of a table: one test for each position of the dimensions before the last two.
 *
 *     count sex, age, answer from current test chi2        a test of age by answer for each sex
 */
#ifndef QUIPU_ANSWER_TABLE_TESTS_H
#define QUIPU_ANSWER_TABLE_TESTS_H

#include "answer/draft.h"
#include "answer/table.h"

/* Makes the tests that the query asks for; none: *ntests is 0. Fails with LIMIT: too many columns. */
bool table_tests_make(struct arena *arena, const struct draft *draft, struct table_test **tests,
                      size_t *ntests, struct error *err) QUIPU_MUST_CHECK;

#endif
