/*
 * The rows of bench_columns: the mission's twenty fields (tools/shape.h), and fields to go with them.
 *
 *     dense_1, dense_2     1..8         every row
 *     hundred              1..100       every row: what is measured
 *     thousand             1..1000
 *     hundred_thousand     1..100000
 *     million              1..1000000
 *
 * The same number of rows gives the same rows.
 */
#ifndef QUIPU_BENCH_ROWS_H
#define QUIPU_BENCH_ROWS_H

#include "columns/index.h"

struct bench_rows;

/* Takes 22 bytes a row. Ends the program where there is no memory. */
struct bench_rows *bench_rows_new(uint64_t nrows);
void bench_rows_free(struct bench_rows *rows);
/* Writes them to standard output, with a header. */
void bench_rows_write_csv(const struct bench_rows *rows);
/* The caller frees the index. is_clustered: the rows sorted by value_1, value_2. */
struct index *bench_rows_index(const struct bench_rows *rows, bool is_clustered);

/* Random numbers for changes of the rows. */
uint64_t bench_random(uint64_t *state);

/* Ends the program with a message. */
void check(bool ok, const char *what);

#endif
