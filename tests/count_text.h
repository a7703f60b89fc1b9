/*
 * Random text of a query's parts, over the rows of count_rows.h.
 */
#ifndef QUIPU_TESTS_COUNT_TEXT_H
#define QUIPU_TESTS_COUNT_TEXT_H

#include "base/strbuf.h"

void put_dim(struct strbuf *out);
/* depth: how far it may nest. */
void put_cond(struct strbuf *out, int depth);

#endif
