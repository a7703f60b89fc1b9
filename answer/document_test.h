/*
 * A test of a table, as map and json tell it.
 *
 *     {"layer":[],"chi2":{"statistic":133.05,"df":2,"p":1.28e-29,"v":0.31797,"low_expected":0,
 *      "yates":null,"fisher":null},"residuals":[[10.5,-10.5]],"letters":[["B",""]]}
 *
 * What was not asked for is null, as is what has nothing to test.
 */
#ifndef QUIPU_ANSWER_DOCUMENT_TEST_H
#define QUIPU_ANSWER_DOCUMENT_TEST_H

#include "answer/document.h"
#include "answer/table.h"

void document_test(struct document *doc, const struct table *table, const struct table_test *test);

#endif
