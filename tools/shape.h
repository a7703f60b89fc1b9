/*
 * The shape of the mission's data: rows of twenty fields, made one after the other.
 *
 *     struct shape *shape = shape_new(1000000, 1);
 *     unsigned char values[SHAPE_FIELDS];
 *     while (shape_next(shape, values)) ...      {2, 7, 0, 0, 0, ...}: 0 is a field the row lacks
 *
 * Of N rows
 *
 *     value_1                1..2                 every row
 *     value_2                1..8                 every row
 *     value_3                1..3                 N/1000 rows
 *     value_4                1..7                 N/1000 rows, N/10000 of them with value_3
 *     value_5 .. value_20    1, one in ten 2      10 rows, then ever more in equal ratio, to N/10
 *
 * and of the N/10000 rows that have all of value_1..4 every second one has a 1 in one of
 * value_5..20, the others in none: that many of them the filter `value_5 = 1 || ... ||
 * value_20 = 1` keeps. How many rows have a field is exact (rounded to the nearest), which rows
 * they are is random. The same N and seed give the same rows.
 */
#ifndef QUIPU_TOOLS_SHAPE_H
#define QUIPU_TOOLS_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

enum { SHAPE_FIELDS = 20 };

struct shape;

/* The caller frees it with shape_free. Needs the same few hundred bytes at any size. Never fails.
 */
struct shape *shape_new(uint64_t nrows, uint64_t seed);
void shape_free(struct shape *shape);
/* Writes the next row: values[0] is value_1. False, and nothing written, after the last row. */
bool shape_next(struct shape *shape, unsigned char values[SHAPE_FIELDS]);
/* How many of nrows rows have value_<field>, field from 1. */
uint64_t shape_field_rows(uint64_t nrows, unsigned field);

#endif
