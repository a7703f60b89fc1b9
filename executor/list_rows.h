/*
 * ROWS: the rows that a filter holds, in order, with their fields. To a query it is a method of
 * counting (executor/method.h), whose result is a listing.
 *
 *     rows sex, age from current where income > 5000 order by age limit 10
 *
 * First the names of the rows are found: at most max-rows of them. So how many rows there are is
 * known before the first one is answered. Then the rows are read, some hundreds at a time, and each
 * time the answer's taker says when it has room for more. So memory holds names, and a few rows.
 *
 * Each row is tested at one moment of the query, and read at a later one. A row that is gone by then
 * is still in the answer: its name, and no values.
 *
 * PROFILE does the same, and ends with lines: what was found and read, and how long each step took.
 */
#ifndef QUIPU_EXECUTOR_LIST_ROWS_H
#define QUIPU_EXECUTOR_LIST_ROWS_H

#include "executor/method.h"

const struct method *list_rows_method(void);

#endif
